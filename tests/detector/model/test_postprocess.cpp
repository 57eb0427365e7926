#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "detector/model/postprocess.h"
#include "detector/model/region_sampling.h"

namespace intertwiner {
namespace {

struct Scene {
  std::vector<std::vector<Box>> boxes;          // regions of each image
  std::vector<std::vector<float>> probability;  // of each region: background, then classes
  std::vector<float> deltas;                    // R×(4·classes); zeros where left out
  std::vector<ImageGeometry> geometry;
};

std::vector<std::vector<Detection>> detections(const Scene& scene, const DetectSettings& settings = {}) {
  std::vector<float> logits, sizes;
  for (const auto& row : scene.probability)
    for (const float p : row) logits.push_back(std::log(p));
  const auto count = static_cast<int64_t>(scene.probability.size());
  const int64_t classes = count > 0 ? static_cast<int64_t>(scene.probability[0].size()) : 3;
  std::vector<float> deltas = scene.deltas;
  deltas.resize(static_cast<size_t>(count * classes * 4), 0.0f);
  for (const ImageGeometry& g : scene.geometry)
    sizes.insert(sizes.end(), {static_cast<float>(g.height), static_cast<float>(g.width)});
  const BoxPredictions predictions{Variable(Tensor::from(logits, {count, classes})),
                                   Variable(Tensor::from(deltas, {count, 4 * classes}))};
  const Regions regions = make_regions(box_lists_of(scene.boxes), LevelSplit::rounded(224));
  return detections_of(best_detections(predictions, regions, Tensor::from(sizes, {-1, 2}), settings), scene.geometry);
}

constexpr ImageGeometry kSquare{.original_width = 100, .original_height = 100, .width = 100, .height = 100};
constexpr Box kBox{10, 10, 30, 30};

}  // namespace

TEST_CASE("every class of a region above the least score is a detection, best first") {
  const auto found = detections({{{kBox}}, {{0.02f, 0.34f, 0.6f, 0.04f}}, {}, {kSquare}});
  REQUIRE(found[0].size() == 2);
  CHECK(found[0][0].label == 2);
  CHECK(found[0][0].score == Approx(0.6));
  CHECK(found[0][1].label == 1);
  CHECK(found[0][1].box.x2 == Approx(30));
}

TEST_CASE("each class has its own deltas") {
  std::vector<float> deltas(12, 0.0f);
  deltas[4] = 10;  // class 1: dx of one width, by the weight of 10
  const auto found = detections({{{kBox}}, {{0.1f, 0.5f, 0.4f}}, deltas, {kSquare}});
  REQUIRE(found[0].size() == 2);
  CHECK(found[0][0].box.x1 == Approx(30));
  CHECK(found[0][1].box.x1 == Approx(10));
}

TEST_CASE("a weaker box of the same class that overlaps by more than 0.3 goes, of another class it stays") {
  const Box near{12, 10, 32, 30}, apart{60, 60, 80, 80};
  const Scene scene{{{kBox, near, apart}}, {{0.1f, 0.8f, 0.1f}, {0.1f, 0.7f, 0.2f}, {0.4f, 0.3f, 0.3f}}, {}, {kSquare}};
  const auto found = detections(scene)[0];
  REQUIRE(found.size() == 4);
  CHECK((found[0].label == 1 && found[0].score == Approx(0.8)));
  CHECK((found[1].label == 1 && found[1].score == Approx(0.3) && found[1].box == apart));
  CHECK((found[2].label == 2 && found[2].score == Approx(0.3) && found[2].box == apart));
  CHECK((found[3].label == 2 && found[3].score == Approx(0.2) && found[3].box == near));
  CHECK(detections(scene, {.score = 0.05, .nms = 0.9})[0].size() == 6);
}

TEST_CASE("at most so many detections an image are kept, the best ones") {
  Scene scene{{{}}, {}, {}, {kSquare}};
  for (int i = 0; i < 30; ++i) {
    const auto x = static_cast<float>(3 * i);
    scene.boxes[0].push_back({x, 0, x + 2, 2});
    const float p = 0.3f + 0.02f * static_cast<float>(i);
    scene.probability.push_back({1 - p, p});
  }
  const auto found = detections(scene, {.detections = 7})[0];
  REQUIRE(found.size() == 7);
  CHECK(found[0].box.x1 == Approx(87));
  CHECK(found[6].box.x1 == Approx(69));
}

TEST_CASE("boxes are clipped to the unpadded image and scaled back by each axis's own ratio") {
  const ImageGeometry geometry{.original_width = 200, .original_height = 50, .width = 100, .height = 40};
  const auto found =
      detections({{{{-10, 20, 50, 64}, {101, 10, 120, 30}}}, {{0.1f, 0.9f}, {0.1f, 0.9f}}, {}, {geometry}})[0];
  REQUIRE(found.size() == 1);  // nothing is left of the second
  CHECK(found[0].box.x1 == 0);
  CHECK(found[0].box.y1 == Approx(25));
  CHECK(found[0].box.x2 == Approx(100));
  CHECK(found[0].box.y2 == Approx(50));
}

TEST_CASE("regions go to their own images; an image without any has no detections") {
  const auto found = detections({{{}, {kBox}, {}}, {{0.1f, 0.9f}}, {}, {kSquare, kSquare, kSquare}});
  REQUIRE(found.size() == 3);
  CHECK(found[0].empty());
  CHECK(found[1].size() == 1);
  CHECK(found[2].empty());
  CHECK(detections({{{}}, {}, {}, {kSquare}})[0].empty());
}

TEST_CASE("a score that is no number is no detection") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(detections({{{kBox}}, {{nan, nan}}, {}, {kSquare}})[0].empty());
  CHECK(detections({{{kBox}}, {{0.1f, 0.9f}}, std::vector<float>(8, nan), {kSquare}})[0].empty());
}

}  // namespace intertwiner
