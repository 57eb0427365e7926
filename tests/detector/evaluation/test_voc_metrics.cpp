#include <catch2/catch.hpp>

#include "detector/evaluation/voc_metrics.h"
#include "engine/error.h"
#include "tests/detector/evaluation/known_objects.h"

namespace intertwiner {
namespace {

using tests::image;
using tests::KnownObjects;
using tests::object;

const Box kLeft = {0, 0, 10, 10}, kRight = {100, 0, 110, 10}, kFar = {300, 300, 310, 310};

/// The metrics of one class in one image.
VocClassMetrics of_one_image(std::vector<Annotation> objects, std::vector<Detection> detections) {
  return voc_metrics(KnownObjects({"cat"}, {image(1, std::move(objects))}), {{1, std::move(detections)}}).classes.at(0);
}

}  // namespace

TEST_CASE("a hit, a miss and a hit among 3 objects give 5/9 by all points and 6/11 by 11 points") {
  const VocClassMetrics metrics = of_one_image({object(1, kLeft), object(1, kRight), object(1, {200, 0, 210, 10})},
                                               {{kRight, 1, 0.7f}, {kFar, 1, 0.8f}, {kLeft, 1, 0.9f}});
  CHECK(metrics.objects == 3);
  CHECK(metrics.ap_all_points == Approx(5.0 / 9).epsilon(1e-12));
  CHECK(metrics.ap_11_points == Approx(6.0 / 11).epsilon(1e-12));
}

TEST_CASE("a second detection of the same object is a miss") {
  const VocClassMetrics metrics =
      of_one_image({object(1, kLeft), object(1, kRight)}, {{kLeft, 1, 0.9f}, {kLeft, 1, 0.8f}, {kRight, 1, 0.7f}});
  CHECK(metrics.ap_all_points == Approx(0.5 + 0.5 * 2 / 3));
}

TEST_CASE("a detection whose best object is taken is not matched to its second best") {
  // The second detection overlaps the object at 0 by 0.9 and the one at 3 by 0.67; COCO would give it the latter.
  const std::vector<Annotation> objects = {object(1, {0, 0, 20, 10}), object(1, {3, 0, 23, 10})};
  const VocClassMetrics metrics = of_one_image(objects, {{{0, 0, 20, 10}, 1, 0.9f}, {{1, 0, 21, 10}, 1, 0.8f}});
  CHECK(metrics.ap_all_points == Approx(0.5));
}

TEST_CASE("an IoU of exactly 0.5 is a hit, and less is a miss") {
  CHECK(of_one_image({object(1, {0, 0, 20, 10})}, {{{0, 0, 10, 10}, 1, 0.9f}}).ap_all_points == Approx(1));
  CHECK(of_one_image({object(1, {0, 0, 20, 10})}, {{{0, 0, 9.99f, 10}, 1, 0.9f}}).ap_all_points == 0);
}

TEST_CASE("any number of detections of a difficult object are neither hits nor misses") {
  const std::vector<Annotation> objects = {object(1, kLeft, true), object(1, kRight)};
  const VocClassMetrics metrics = of_one_image(objects, {{kLeft, 1, 0.9f}, {kLeft, 1, 0.8f}, {kRight, 1, 0.7f}});
  CHECK(metrics.objects == 1);
  CHECK(metrics.ap_all_points == Approx(1));
  CHECK(of_one_image(objects, {{kLeft, 1, 0.9f}}).ap_all_points == 0);
  CHECK(of_one_image({object(1, kLeft, true)}, {{kLeft, 1, 0.9f}}).ap_all_points == -1);
}

TEST_CASE("3 found objects of 10 are a recall of 0.3") {
  std::vector<Annotation> objects;
  std::vector<Detection> detections;
  for (int i = 0; i < 10; ++i) {
    const float x = 20.0f * static_cast<float>(i);
    objects.push_back(object(1, {x, 0, x + 10, 10}));
    if (i < 3) detections.push_back({objects.back().box, 1, 0.5f});
  }
  const VocClassMetrics metrics = of_one_image(objects, detections);
  CHECK(metrics.ap_all_points == Approx(0.3));
  CHECK(metrics.ap_11_points == Approx(4.0 / 11));
}

TEST_CASE("each class has its own metrics, and the mean leaves out classes without objects") {
  const KnownObjects data({"cat", "dog", "bird"}, {image(5, {object(1, kLeft), object(2, kRight)}), image(2, {})});
  const VocMetrics metrics = voc_metrics(data, {{5, {{kLeft, 1, 0.9f}, {kRight, 1, 0.8f}, {kFar, 3, 0.9f}}}, {2, {}}});
  CHECK(metrics.classes[0].ap_all_points == Approx(1));
  CHECK(metrics.classes[1].ap_all_points == 0);
  CHECK(metrics.classes[2].ap_all_points == -1);
  CHECK(metrics.ap_all_points == Approx(0.5));
  CHECK(metrics.ap_11_points == Approx(0.5));
}

TEST_CASE("detections of all images are ranked together, equal scores in the order of the images") {
  const KnownObjects data({"cat"}, {image(5, {object(1, kLeft)}), image(2, {})});
  CHECK(voc_metrics(data, {{5, {{kLeft, 1, 0.5f}}}, {2, {{kLeft, 1, 0.9f}}}}).ap_all_points == Approx(0.5));
  CHECK(voc_metrics(data, {{5, {{kLeft, 1, 0.5f}}}, {2, {{kLeft, 1, 0.5f}}}}).ap_all_points == Approx(1));
}

TEST_CASE("without objects VOC's metrics are -1") {
  CHECK(voc_metrics(KnownObjects({"cat"}, {}), {}).ap_11_points == -1);
  CHECK_THROWS_AS(voc_metrics(KnownObjects({"cat"}, {}), {{1, {}}}), InternalError);
}

}  // namespace intertwiner
