#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "detector/box_coder.h"
#include "detector/matcher.h"
#include "detector/rpn.h"
#include "tests/detector/tiny_run.h"

namespace intertwiner {
namespace {

using tests::batch_with;

Anchors anchors_of(const Batch& batch) {
  const int64_t height = batch.images.dim(1), width = batch.images.dim(2);
  std::vector<MapSize> maps;
  for (int64_t stride = 4; stride <= 64; stride *= 2)
    maps.push_back({(height + stride - 1) / stride, (width + stride - 1) / stride});
  return make_anchors(tests::tiny_settings().model, maps, {height, width});
}

// One level of three anchors, 16×16 at (0, 0), (20, 0), (40, 0).
Anchors three_anchors() { return {{{0, 0, 16, 16}, {20, 0, 36, 16}, {40, 0, 56, 16}}, {0, 3}}; }

RpnPredictions predictions(const std::vector<float>& logits, std::vector<float> deltas = {}) {
  deltas.resize(4 * logits.size(), 0.0f);
  return {Variable(Tensor::from(logits, {1, -1, 1})), Variable(Tensor::from(deltas, {1, -1, 4}))};
}

Tensor size_of_image(float height, float width) { return Tensor::from<float>({height, width}, {1, 2}); }

}  // namespace

TEST_CASE("256 anchors an image are sampled, at most half of them positive") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto count = static_cast<int64_t>(anchors.boxes.size());
  const AnchorTargets targets = sample_anchors(anchors, batch, {}, 1, 0);
  REQUIRE(targets.labels.shape() == Shape{2 * count});
  REQUIRE(targets.deltas.shape() == Shape{2 * count, 4});
  for (int64_t n = 0; n < 2; ++n) {
    const std::vector<int32_t> labels = targets.labels.slice(n * count, (n + 1) * count).to_vector<int32_t>();
    const auto positive = std::count(labels.begin(), labels.end(), 1),
               negative = std::count(labels.begin(), labels.end(), 0);
    CHECK(positive > 0);
    CHECK(positive <= 128);
    CHECK(positive + negative == 256);
  }
}

TEST_CASE("a limit on positive anchors is kept") {
  const Batch batch = tests::tiny_batch(1);
  ProposalSettings settings;
  settings.anchors_per_image = 9;
  settings.positive_iou = 0.3;
  const AnchorTargets targets = sample_anchors(anchors_of(batch), batch, settings, 1, 0);
  const std::vector<int32_t> labels = targets.labels.to_vector<int32_t>();
  CHECK(std::count(labels.begin(), labels.end(), 1) == 2 * 4);
  CHECK(std::count(labels.begin(), labels.end(), 0) == 2 * 5);
}

TEST_CASE("a positive anchor's deltas lead to the object that it overlaps most, all others are 0") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto count = static_cast<int64_t>(anchors.boxes.size());
  const AnchorTargets targets = sample_anchors(anchors, batch, {}, 1, 0);
  for (int64_t i = 0; i < 2 * count; ++i) {
    const float* deltas = targets.deltas.data<float>() + 4 * i;
    if (targets.labels.data<int32_t>()[i] != 1) {
      if (deltas[0] != 0 || deltas[1] != 0 || deltas[2] != 0 || deltas[3] != 0)
        FAIL_CHECK("anchor " << i << " has deltas");
      continue;
    }
    const int64_t n = i / count, capacity = batch.boxes.dim(1);
    const Box anchor = anchors.boxes[static_cast<size_t>(i % count)], decoded = kAnchorCoder.decode(anchor, deltas);
    const Box* objects = reinterpret_cast<const Box*>(batch.boxes.data<float>()) + n * capacity;
    const Box* best = std::max_element(objects, objects + batch.object_counts.data<int32_t>()[n],
                                       [&](const Box& a, const Box& b) { return iou(anchor, a) < iou(anchor, b); });
    CHECK(iou(decoded, *best) > 0.999f);
  }
}

TEST_CASE("an image without objects trains its anchors as background") {
  const Batch empty = batch_with({{}}, 64, 96);
  const AnchorTargets targets = sample_anchors(anchors_of(empty), empty, {}, 1, 0);
  const std::vector<int32_t> labels = targets.labels.to_vector<int32_t>();
  CHECK(std::count(labels.begin(), labels.end(), 0) == 256);
  CHECK(std::count(labels.begin(), labels.end(), 1) == 0);
}

TEST_CASE("anchors are drawn anew each step, and the same for the same step and seed") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto labels = [&](uint64_t seed, int64_t step) {
    return sample_anchors(anchors, batch, {}, seed, step).labels.to_vector<int32_t>();
  };
  CHECK(labels(1, 5) == labels(1, 5));
  CHECK(labels(1, 5) != labels(1, 6));
  CHECK(labels(1, 5) != labels(2, 5));
}

TEST_CASE("the first stage's losses are means over the batch's samples") {
  // Three of four anchors are sampled; logits 0 cost log 2 each. The one positive is off by 0.5 in dx alone.
  const AnchorTargets targets{Tensor::from<int32_t>({1, 0, -1, 0}),
                              Tensor::from<float>({0.5f, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, {4, 4})};
  const RpnLosses losses = rpn_losses(predictions({0, 0, 50, 0}), targets);
  CHECK(losses.objectness.value().data<float>()[0] == Approx(std::log(2.0)));
  CHECK(losses.box.value().data<float>()[0] == Approx((0.5 - 0.5 / 9) / 3));
}

TEST_CASE("proposals come best first, without those that overlap a better one") {
  const Anchors anchors{{{0, 0, 16, 16}, {1, 0, 17, 16}, {40, 0, 56, 16}}, {0, 3}};  // IoU 15/17 of the first two
  const auto found = make_proposals(predictions({1, 2, 3}), anchors, size_of_image(64, 64), {10, 10, 0.7});
  CHECK(found[0] == std::vector<Box>{{40, 0, 56, 16}, {1, 0, 17, 16}});
}

TEST_CASE("boxes of two levels do not suppress each other; of equal logits the lower level comes first") {
  const Anchors anchors{{{0, 0, 16, 16}, {1, 0, 17, 16}}, {0, 1, 2}};
  const auto found = make_proposals(predictions({2, 2}), anchors, size_of_image(64, 64), {10, 10, 0.7});
  CHECK(found[0] == std::vector<Box>{{0, 0, 16, 16}, {1, 0, 17, 16}});
}

TEST_CASE("candidates are cut a level, proposals an image") {
  const Anchors anchors{{{0, 0, 8, 8}, {10, 0, 18, 8}, {20, 0, 28, 8}, {30, 0, 38, 8}}, {0, 2, 4}};
  const RpnPredictions p = predictions({4, 3, 2, 1});
  CHECK(make_proposals(p, anchors, size_of_image(64, 64), {1, 10, 0.7})[0] ==
        std::vector<Box>{{0, 0, 8, 8}, {20, 0, 28, 8}});
  CHECK(make_proposals(p, anchors, size_of_image(64, 64), {2, 3, 0.7})[0] ==
        std::vector<Box>{{0, 0, 8, 8}, {10, 0, 18, 8}, {20, 0, 28, 8}});
}

TEST_CASE("proposals are clipped to the unpadded image, and dropped where nothing is left") {
  const auto found = make_proposals(predictions({3, 2, 1}), three_anchors(), size_of_image(10, 40), {10, 10, 0.7});
  CHECK(found[0] == std::vector<Box>{{0, 0, 16, 10}, {20, 0, 36, 10}});
}

TEST_CASE("predictions that are no numbers propose nothing") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(make_proposals(predictions({nan, nan, nan}), three_anchors(), size_of_image(64, 64), {10, 10, 0.7})[0].empty());
  CHECK(make_proposals(predictions({3, 2, 1}, std::vector<float>(12, nan)), three_anchors(), size_of_image(64, 64),
                       {10, 10, 0.7})[0]
            .empty());
}

}  // namespace intertwiner
