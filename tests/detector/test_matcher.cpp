#include <catch2/catch.hpp>

#include "detector/matcher.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

constexpr MatchRules kAnchorRules{0.7, 0.3, true}, kRegionRules{0.5, 0.5, false};

std::vector<Box> boxes_of(const Tensor& values) {
  std::vector<Box> boxes;
  for (int64_t i = 0; i < values.dim(0); ++i) {
    const double* b = values.data<double>() + 4 * i;
    boxes.push_back(
        {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]), static_cast<float>(b[3])});
  }
  return boxes;
}

}  // namespace

TEST_CASE("overlaps are the reference's, two boxes without area have none") {
  const tests::GoldenFile golden("iou");
  const std::vector<Box> a = boxes_of(golden("a")), b = boxes_of(golden("b"));
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j) {
      INFO("box " << i << " of a and " << j << " of b");
      CHECK(iou(a[i], b[j]) == Approx(golden("iou").data<double>()[i * b.size() + j]).margin(1e-6));
    }
}

TEST_CASE("anchors are matched as the reference does") {
  const tests::GoldenFile golden("matching");
  const double* thresholds = golden("thresholds").data<double>();
  const Matches matches =
      match(boxes_of(golden("anchors")), boxes_of(golden("objects")), {thresholds[0], thresholds[1], true});
  CHECK(std::vector<int32_t>(matches.kind.begin(), matches.kind.end()) == golden("labels").to_vector<int32_t>());
  CHECK(matches.object == golden("matched").to_vector<int32_t>());
}

TEST_CASE("regions are matched as the reference does, foreground from an IoU of exactly 0.5") {
  const tests::GoldenFile golden("matching");
  const Matches matches = match(boxes_of(golden("regions")), boxes_of(golden("objects")), kRegionRules);
  const std::vector<int32_t> classes = golden("classes").to_vector<int32_t>();
  std::vector<int32_t> found;
  for (size_t r = 0; r < matches.kind.size(); ++r)
    found.push_back(matches.kind[r] == 1 ? classes[static_cast<size_t>(matches.object[r])] : 0);
  CHECK(found == golden("region_classes").to_vector<int32_t>());
  CHECK(matches.object == golden("region_matched").to_vector<int32_t>());
}

TEST_CASE("an anchor that an object covers by 0.7 is positive, by less than 0.3 negative, between neither") {
  const std::vector<Box> object = {{0, 0, 100, 100}};
  const std::vector<Box> anchors = {
      {0, 0, 100, 90}, {0, 0, 100, 70}, {0, 0, 100, 69}, {0, 0, 100, 30}, {0, 0, 100, 29}};
  CHECK(match(anchors, object, kAnchorRules).kind == std::vector<int8_t>{1, 1, -1, -1, 0});
}

TEST_CASE("a tiny object whose best anchor has IoU 0.25 still has that anchor, and another that ties for it") {
  const std::vector<Box> object = {{4, 4, 12, 12}};
  const std::vector<Box> anchors = {{0, 0, 16, 16}, {100, 0, 116, 16}, {0, 0, 16, 16}, {0, 0, 32, 32}};
  CHECK(match(anchors, object, kAnchorRules).kind == std::vector<int8_t>{1, 0, 1, 0});
  CHECK(match(anchors, object, kRegionRules).kind == std::vector<int8_t>{0, 0, 0, 0});
}

TEST_CASE("an object's best anchor regresses to the object that it itself overlaps most") {
  const std::vector<Box> objects = {{0, 0, 16, 4}, {0, 0, 16, 16}};
  const Matches matches = match(std::vector<Box>{{0, 0, 16, 16}}, objects, kAnchorRules);
  CHECK(matches.kind[0] == 1);
  CHECK(matches.object[0] == 1);
}

TEST_CASE("without objects, and beside all objects, every candidate is negative") {
  const std::vector<Box> anchors = {{0, 0, 16, 16}, {5, 5, 9, 9}};
  CHECK(match(anchors, {}, kAnchorRules).kind == std::vector<int8_t>{0, 0});
  CHECK(match(anchors, std::vector<Box>{{50, 50, 60, 60}}, kAnchorRules).kind == std::vector<int8_t>{0, 0});
  CHECK(match({}, anchors, kAnchorRules).kind.empty());
}

}  // namespace intertwiner
