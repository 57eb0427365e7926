#include <catch2/catch.hpp>

#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/error_analysis.h"
#include "engine/philox.h"
#include "tests/detector/evaluation/known_objects.h"

namespace intertwiner {
namespace {

using tests::image;
using tests::KnownObjects;
using tests::object;
using Matrix = std::vector<std::vector<int64_t>>;

Detection detection(int label, Box box, float score) { return {.box = box, .label = label, .score = score}; }

constexpr Box kLeft = {0, 0, 40, 40}, kRight = {100, 0, 140, 40}, kCrowd = {200, 0, 400, 40};

/// Two ants, of which one is found and one is taken for a bee; a bee that is missed; a crowd of ants.
struct Scene {
  KnownObjects data{
      {"ant", "bee"},
      {image(1, {object(1, kLeft), object(1, kRight), object(1, kCrowd, true)}), image(2, {object(2, kLeft)})}};
  std::vector<ImageDetections> detections = {
      {1,
       {detection(1, {1, 0, 41, 40}, 0.9F), detection(1, {2, 0, 42, 40}, 0.8F), detection(2, kRight, 0.7F),
        detection(1, {210, 0, 250, 40}, 0.6F)}},
      {2, {detection(2, {20, 20, 60, 60}, 0.5F), detection(1, {300, 300, 320, 320}, 0.1F)}}};
};

/// AP at IoU 0.5 from a curve, as COCO computes it.
double average_precision(const std::vector<PrecisionRecall>& curve) {
  double sum = 0;
  for (int point = 0; point <= 100; ++point) {
    double best = 0;
    for (const PrecisionRecall& at : curve)
      if (at.recall >= point * 0.01) best = std::max(best, at.precision);
    sum += best;
  }
  return sum / 101;
}

}  // namespace

TEST_CASE("precision and recall of a class at each score, and the score with the best F1") {
  const Scene scene;
  const std::vector<ClassAnalysis> classes = analyse_classes(scene.data, scene.detections);
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].objects == 2);
  REQUIRE(classes[0].curve.size() ==
          3);  // 0.9 finds an ant, 0.8 is a second box on it, 0.6 lies in the crowd, 0.1 is wrong
  CHECK(classes[0].curve[0].precision == 1);
  CHECK(classes[0].curve[0].recall == 0.5);
  CHECK(classes[0].curve[2].precision == Approx(1.0 / 3));
  CHECK(classes[0].best.score == Approx(0.9));
  CHECK(classes[0].best.f1() == Approx(2.0 / 3));
  CHECK(classes[1].best.f1() == 0);
  CHECK(best_scores(classes)[1] == 0.5);
}

TEST_CASE("the curves have COCO's AP at IoU 0.5, with crowds and many images") {
  const Philox random(3, Purpose::tests);
  uint64_t draw = 0;
  const auto uniform = [&](float max) { return max * static_cast<float>(random.uniform(draw++)); };
  std::vector<ImageRecord> records;
  std::vector<ImageDetections> detections;
  for (int64_t i = 0; i < 40; ++i) {
    records.push_back(image(i + 1, {}));
    detections.push_back({i + 1, {}});
    for (int o = 0; o < 6; ++o) {
      const float x = uniform(500), y = uniform(400), side = 10 + uniform(80);
      const int label = 1 + o % 3;
      records.back().annotations.push_back(object(label, {x, y, x + side, y + side}, o == 5));
      for (int d = 0; d < 3; ++d) {
        const float dx = uniform(0.5F * side), dy = uniform(0.5F * side);
        detections.back().detections.push_back(detection(uniform(1) < 0.8F ? label : 1 + d % 3,
                                                         {x + dx, y + dy, x + dx + side, y + dy + side}, uniform(1)));
      }
    }
  }
  const KnownObjects data({"ant", "bee", "cat"}, records);
  const CocoMetrics metrics = coco_metrics(data, detections);
  const std::vector<ClassAnalysis> classes = analyse_classes(data, detections);
  for (size_t c = 0; c < 3; ++c) {
    INFO(classes[c].name);
    CHECK(classes[c].objects == metrics.classes[c].objects);
    CHECK(metrics.classes[c].ap50 > 0.03);
    CHECK(average_precision(classes[c].curve) == Approx(metrics.classes[c].ap50).epsilon(1e-9));
  }
}

TEST_CASE("the confusion matrix counts objects by detected class, missed objects and wrong boxes") {
  const Scene scene;
  CHECK(confusion_matrix(scene.data, scene.detections, {0, 0}) == Matrix{{1, 1, 0}, {0, 0, 1}, {2, 1, 0}});
  CHECK(confusion_matrix(scene.data, scene.detections, {0.85, 0.85}) == Matrix{{1, 0, 1}, {0, 0, 1}, {0, 0, 0}});
}

TEST_CASE("the mistakes of an image: wrong boxes above the score, and missed objects, without crowds") {
  const Scene scene;
  const std::vector<ImageMistakes> images = find_mistakes(scene.data, scene.detections, {0.55, 0.55});
  REQUIRE(images.size() == 2);
  CHECK(images[0].found.size() == 1);
  CHECK(images[0].wrong.size() == 2);  // the second box on the ant, and the bee
  REQUIRE(images[0].missed.size() == 1);
  CHECK(images[0].missed[0].box == kRight);
  CHECK(images[1].mistakes() == 1);
}

}  // namespace intertwiner
