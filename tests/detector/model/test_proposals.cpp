#include <catch2/catch.hpp>
#include <limits>

#include "detector/model/proposals.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

Anchors anchors_of(const std::vector<Box>& boxes, const std::vector<int64_t>& level_begin) {
  return {box_lists_of({boxes}).boxes.reshape({-1, 4}), level_begin};
}

// One level of three anchors, 16×16 at (0, 0), (20, 0), (40, 0).
Anchors three_anchors() { return anchors_of({{0, 0, 16, 16}, {20, 0, 36, 16}, {40, 0, 56, 16}}, {0, 3}); }

RpnPredictions predictions(const std::vector<float>& logits, std::vector<float> deltas = {}) {
  deltas.resize(4 * logits.size(), 0.0f);
  return {Variable(Tensor::from(logits, {1, -1, 1})), Variable(Tensor::from(deltas, {1, -1, 4}))};
}

Tensor size_of_image(float height, float width) { return Tensor::from<float>({height, width}, {1, 2}); }

// Of one image, here and on a device whose primitives are loops.
std::vector<Box> proposed(const RpnPredictions& p, const Anchors& anchors, const Tensor& image_sizes,
                          const ProposalLimits& limits) {
  const BoxLists here = make_proposals(p, anchors, image_sizes, limits);
  const tests::EmulatedDevice emulated(tests::EmulatedDevice::Primitives::loops);
  const Device device = Device::cuda;
  const BoxLists there =
      make_proposals({Variable(p.logits.value().to(device)), Variable(p.deltas.value().to(device))},
                     {anchors.boxes.to(device), anchors.level_begin}, image_sizes.to(device), limits);
  tests::check_same_bits("boxes", there.boxes.to(Device::cpu), here.boxes);
  tests::check_same_bits("count", there.valid_count.to(Device::cpu), here.valid_count);
  const Box* first = here.boxes.data<Box>();
  return {first, first + here.valid_count.data<int32_t>()[0]};
}

}  // namespace

TEST_CASE("proposals come best first, without those that overlap a better one") {
  const Anchors anchors =
      anchors_of({{0, 0, 16, 16}, {1, 0, 17, 16}, {40, 0, 56, 16}}, {0, 3});  // IoU 15/17 of the first two
  const auto found = proposed(predictions({1, 2, 3}), anchors, size_of_image(64, 64), {10, 10, 0.7});
  CHECK(found == std::vector<Box>{{40, 0, 56, 16}, {1, 0, 17, 16}});
}

TEST_CASE("boxes of two levels do not suppress each other; of equal logits the lower level comes first") {
  const Anchors anchors = anchors_of({{0, 0, 16, 16}, {1, 0, 17, 16}}, {0, 1, 2});
  const auto found = proposed(predictions({2, 2}), anchors, size_of_image(64, 64), {10, 10, 0.7});
  CHECK(found == std::vector<Box>{{0, 0, 16, 16}, {1, 0, 17, 16}});
}

TEST_CASE("candidates are cut a level, proposals an image") {
  const Anchors anchors = anchors_of({{0, 0, 8, 8}, {10, 0, 18, 8}, {20, 0, 28, 8}, {30, 0, 38, 8}}, {0, 2, 4});
  const RpnPredictions p = predictions({4, 3, 2, 1});
  CHECK(proposed(p, anchors, size_of_image(64, 64), {1, 10, 0.7}) == std::vector<Box>{{0, 0, 8, 8}, {20, 0, 28, 8}});
  CHECK(proposed(p, anchors, size_of_image(64, 64), {2, 3, 0.7}) ==
        std::vector<Box>{{0, 0, 8, 8}, {10, 0, 18, 8}, {20, 0, 28, 8}});
}

TEST_CASE("proposals are clipped to the unpadded image, and dropped where nothing is left") {
  const auto found = proposed(predictions({3, 2, 1}), three_anchors(), size_of_image(10, 40), {10, 10, 0.7});
  CHECK(found == std::vector<Box>{{0, 0, 16, 10}, {20, 0, 36, 10}});
}

TEST_CASE("predictions that are no numbers propose nothing") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(proposed(predictions({nan, nan, nan}), three_anchors(), size_of_image(64, 64), {10, 10, 0.7}).empty());
  CHECK(proposed(predictions({3, 2, 1}, std::vector<float>(12, nan)), three_anchors(), size_of_image(64, 64),
                 {10, 10, 0.7})
            .empty());
}

}  // namespace intertwiner
