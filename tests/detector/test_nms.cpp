#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "detector/nms.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

constexpr float kLeast = -std::numeric_limits<float>::infinity();

// Kept boxes as indices into `boxes`, best score first.
std::vector<int32_t> suppressed(const std::vector<Box>& boxes, const std::vector<float>& scores, double threshold) {
  const std::vector<int32_t> order = best_scores(scores, static_cast<int64_t>(scores.size()), kLeast);
  std::vector<Box> sorted;
  for (const int32_t i : order) sorted.push_back(boxes[static_cast<size_t>(i)]);
  std::vector<int32_t> kept;
  for (const int32_t i : nms(sorted, threshold, static_cast<int64_t>(boxes.size())))
    kept.push_back(order[static_cast<size_t>(i)]);
  return kept;
}

}  // namespace

TEST_CASE("NMS keeps what torchvision keeps, also at an IoU that equals the threshold") {
  const tests::GoldenFile golden("nms");
  std::vector<Box> boxes;
  for (int64_t i = 0; i < golden("boxes").dim(0); ++i) {
    const double* b = golden("boxes").data<double>() + 4 * i;
    boxes.push_back(
        {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]), static_cast<float>(b[3])});
  }
  const std::vector<float> scores = golden("scores").to(DType::float32).to_vector<float>();
  CHECK(suppressed(boxes, scores, 0.3) == golden("kept_3").to_vector<int32_t>());
  CHECK(suppressed(boxes, scores, 0.5) == golden("kept_5").to_vector<int32_t>());
  CHECK(suppressed(boxes, scores, 0.7) == golden("kept_7").to_vector<int32_t>());
}

TEST_CASE("a box that a suppressed one covers stays") {
  const std::vector<Box> boxes = {
      {0, 0, 10, 10}, {0, 4, 10, 14}, {0, 8, 10, 18}};  // IoU 3/7 of neighbours, 1/9 of the outer two
  CHECK(nms(boxes, 0.3, 10) == std::vector<int32_t>{0, 2});
  CHECK(nms(boxes, 0.5, 10) == std::vector<int32_t>{0, 1, 2});
}

TEST_CASE("NMS stops after so many, and of nothing keeps nothing") {
  std::vector<Box> apart;
  for (int i = 0; i < 200; ++i) apart.push_back({static_cast<float>(20 * i), 0, static_cast<float>(20 * i + 10), 10});
  CHECK(nms(apart, 0.5, 1000).size() == 200);
  CHECK(nms(apart, 0.5, 70).size() == 70);
  CHECK(nms(apart, 0.5, 0).empty());
  CHECK(nms({}, 0.5, 10).empty());
}

TEST_CASE("of many equal boxes one stays, and boxes without area do not suppress each other") {
  CHECK(nms(std::vector<Box>(300, Box{0, 0, 10, 10}), 0.7, 1000) == std::vector<int32_t>{0});
  CHECK(nms(std::vector<Box>(3, Box{5, 5, 5, 5}), 0.7, 1000).size() == 3);
}

TEST_CASE("the best scores come best first, of equals the lower index, also where the last place is a tie") {
  const std::vector<float> scores = {1, 3, 2, 3, 2, 2};
  CHECK(best_scores(scores, 10, kLeast) == std::vector<int32_t>{1, 3, 2, 4, 5, 0});
  CHECK(best_scores(scores, 4, kLeast) == std::vector<int32_t>{1, 3, 2, 4});
  CHECK(best_scores(scores, 10, 2) == std::vector<int32_t>{1, 3});
  CHECK(best_scores({}, 10, kLeast).empty());
}

TEST_CASE("a score that is no number is never among the best") {
  const std::vector<float> scores = {NAN, 1, NAN, 2};
  CHECK(best_scores(scores, 3, kLeast) == std::vector<int32_t>{3, 1});
}

}  // namespace intertwiner
