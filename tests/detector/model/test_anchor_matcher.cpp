#include <catch2/catch.hpp>

#include "detector/model/kernels/anchor_matcher.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

constexpr MatchRules kAnchorRules{0.7, 0.3, true}, kRegionRules{0.5, 0.5, false};

std::vector<Box> golden_boxes(const Tensor& values) {
  const Tensor boxes = values.to(DType::float32);
  return {boxes.data<Box>(), boxes.data<Box>() + boxes.dim(0)};
}

struct Found {
  std::vector<int32_t> label, object;
};

// Matches of one image, here and on a device.
Found match_one(const std::vector<Box>& candidates, const std::vector<Box>& objects, const MatchRules& rules) {
  const BoxLists one = box_lists_of({candidates}), other = box_lists_of({objects});
  const Matches here = match({one.boxes, one.valid_count}, {other.boxes, other.valid_count}, rules);
  const tests::EmulatedDevice emulated;
  const auto there = [](const BoxLists& p) {
    return BoxLists{p.boxes.to(Device::cuda), p.valid_count.to(Device::cuda)};
  };
  const Matches again = match(there(one), there(other), rules);
  tests::check_same_bits("label", again.label.to(Device::cpu), here.label);
  tests::check_same_bits("object", again.object.to(Device::cpu), here.object);
  return {here.label.to_vector<int32_t>(), here.object.to_vector<int32_t>()};
}

}  // namespace

TEST_CASE("overlaps are the reference's, two boxes without area have none") {
  const tests::GoldenFile golden("iou");
  const std::vector<Box> a = golden_boxes(golden("a")), b = golden_boxes(golden("b"));
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j) {
      INFO("box " << i << " of a and " << j << " of b");
      CHECK(iou(a[i], b[j]) == Approx(golden("iou").data<double>()[i * b.size() + j]).margin(1e-6));
    }
}

TEST_CASE("anchors are matched as the reference does") {
  const tests::GoldenFile golden("matching");
  const double* thresholds = golden("thresholds").data<double>();
  const Found matches =
      match_one(golden_boxes(golden("anchors")), golden_boxes(golden("objects")), {thresholds[0], thresholds[1], true});
  CHECK(matches.label == golden("labels").to_vector<int32_t>());
  CHECK(matches.object == golden("matched").to_vector<int32_t>());
}

TEST_CASE("regions are matched as the reference does, foreground from an IoU of exactly 0.5") {
  const tests::GoldenFile golden("matching");
  const Found matches = match_one(golden_boxes(golden("regions")), golden_boxes(golden("objects")), kRegionRules);
  const std::vector<int32_t> classes = golden("classes").to_vector<int32_t>();
  std::vector<int32_t> found;
  for (size_t r = 0; r < matches.label.size(); ++r)
    found.push_back(matches.label[r] == 1 ? classes[static_cast<size_t>(matches.object[r])] : 0);
  CHECK(found == golden("region_classes").to_vector<int32_t>());
  CHECK(matches.object == golden("region_matched").to_vector<int32_t>());
}

TEST_CASE("an anchor that an object covers by 0.7 is positive, by less than 0.3 negative, between neither") {
  const std::vector<Box> object = {{0, 0, 100, 100}};
  const std::vector<Box> anchors = {
      {0, 0, 100, 90}, {0, 0, 100, 70}, {0, 0, 100, 69}, {0, 0, 100, 30}, {0, 0, 100, 29}};
  CHECK(match_one(anchors, object, kAnchorRules).label == std::vector<int32_t>{1, 1, -1, -1, 0});
}

TEST_CASE("a tiny object whose best anchor has IoU 0.25 still has that anchor, and another that ties for it") {
  const std::vector<Box> object = {{4, 4, 12, 12}};
  const std::vector<Box> anchors = {{0, 0, 16, 16}, {100, 0, 116, 16}, {0, 0, 16, 16}, {0, 0, 32, 32}};
  CHECK(match_one(anchors, object, kAnchorRules).label == std::vector<int32_t>{1, 0, 1, 0});
  CHECK(match_one(anchors, object, kRegionRules).label == std::vector<int32_t>{0, 0, 0, 0});
}

TEST_CASE("an object's best anchor regresses to the object that it itself overlaps most") {
  const std::vector<Box> objects = {{0, 0, 16, 4}, {0, 0, 16, 16}};
  const Found matches = match_one(std::vector<Box>{{0, 0, 16, 16}}, objects, kAnchorRules);
  CHECK(matches.label[0] == 1);
  CHECK(matches.object[0] == 1);
}

TEST_CASE("every image has its own objects; candidates may be all images' own, or the same for all") {
  const BoxLists objects{box_lists_of({{{0, 0, 10, 10}}, {{50, 50, 60, 60}, {0, 0, 4, 4}}, {}}).boxes,
                         Tensor::from<int32_t>({1, 2, 0})};
  const Tensor anchors = box_lists_of({{{0, 0, 10, 9}, {50, 50, 60, 58}}}).boxes.reshape({2, 4});
  CHECK(match({anchors, {}}, objects, kAnchorRules).label.to_vector<int32_t>() ==
        std::vector<int32_t>{1, 0, 1, 1, 0, 0});
  const BoxLists own = box_lists_of({{{0, 0, 10, 9}}, {{0, 0, 10, 9}, {50, 50, 60, 58}}, {{0, 0, 10, 9}}});
  const Matches matches = match({own.boxes, own.valid_count}, objects, kRegionRules);
  CHECK(matches.label.to_vector<int32_t>() == std::vector<int32_t>{1, -1, 0, 1, 0, -1});
}

TEST_CASE("without objects, and beside all objects, every candidate is negative") {
  const std::vector<Box> anchors = {{0, 0, 16, 16}, {5, 5, 9, 9}};
  CHECK(match_one(anchors, {}, kAnchorRules).label == std::vector<int32_t>{0, 0});
  CHECK(match_one(anchors, std::vector<Box>{{50, 50, 60, 60}}, kAnchorRules).label == std::vector<int32_t>{0, 0});
  CHECK(match_one({}, anchors, kAnchorRules).label.empty());
}

}  // namespace intertwiner
