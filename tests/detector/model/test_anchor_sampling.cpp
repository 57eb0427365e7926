#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "detector/model/box_coder.h"
#include "detector/model/stage_losses.h"
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

RpnPredictions without_deltas(const std::vector<float>& logits) {
  return {Variable(Tensor::from(logits, {1, -1, 1})),
          Variable(Tensor::zeros({1, static_cast<int64_t>(logits.size()), 4}, DType::float32))};
}

Tensor at_step(int64_t step) { return Tensor::from<int64_t>({step}); }

}  // namespace

TEST_CASE("256 anchors per image are sampled, at most half of them positive") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto count = anchors.count();
  const AnchorTargets targets = sample_anchors(anchors, batch, {}, at_step(0));
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

TEST_CASE("the limit on positive anchors is kept") {
  const Batch batch = tests::tiny_batch(1);
  Settings settings;
  settings.proposals.anchors_per_image = 9;
  settings.proposals.positive_iou = 0.3;
  const AnchorTargets targets = sample_anchors(anchors_of(batch), batch, settings, at_step(0));
  const std::vector<int32_t> labels = targets.labels.to_vector<int32_t>();
  CHECK(std::count(labels.begin(), labels.end(), 1) == 2 * 4);
  CHECK(std::count(labels.begin(), labels.end(), 0) == 2 * 5);
}

TEST_CASE("a positive anchor's deltas lead to the object that it overlaps most; other deltas are 0") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto count = anchors.count();
  const AnchorTargets targets = sample_anchors(anchors, batch, {}, at_step(0));
  for (int64_t i = 0; i < 2 * count; ++i) {
    const float* deltas = targets.deltas.data<float>() + 4 * i;
    if (targets.labels.data<int32_t>()[i] != 1) {
      if (deltas[0] != 0 || deltas[1] != 0 || deltas[2] != 0 || deltas[3] != 0)
        FAIL_CHECK("anchor " << i << " has deltas");
      continue;
    }
    const int64_t n = i / count, capacity = batch.boxes.dim(1);
    const Box anchor = anchors.boxes.data<Box>()[i % count], decoded = kAnchorCoder.decode(anchor, deltas);
    const Box* objects = batch.boxes.data<Box>() + n * capacity;
    const Box* best = std::max_element(objects, objects + batch.object_counts.data<int32_t>()[n],
                                       [&](const Box& a, const Box& b) { return iou(anchor, a) < iou(anchor, b); });
    CHECK(iou(decoded, *best) > 0.999f);
  }
}

TEST_CASE("an image without objects trains its anchors as background") {
  const Batch empty = batch_with({{}}, 64, 96);
  const AnchorTargets targets = sample_anchors(anchors_of(empty), empty, {}, at_step(0));
  const std::vector<int32_t> labels = targets.labels.to_vector<int32_t>();
  CHECK(std::count(labels.begin(), labels.end(), 0) == 256);
  CHECK(std::count(labels.begin(), labels.end(), 1) == 0);
}

TEST_CASE("a fraction of the anchors that is a whole number in exact arithmetic is that number") {
  const Batch batch = tests::tiny_batch(1);
  Settings settings;
  settings.proposals.anchors_per_image = 49;
  settings.proposals.positive_anchor_fraction = 1.0 / 49;  // 49 times that is below 1 in float64
  const std::vector<int32_t> labels =
      sample_anchors(anchors_of(batch), batch, settings, at_step(0)).labels.to_vector<int32_t>();
  CHECK(std::count(labels.begin(), labels.end(), 1) == batch.size());
}

TEST_CASE("each step draws other anchors, and the same step and seed draw the same") {
  const Batch batch = tests::tiny_batch(1);
  const Anchors anchors = anchors_of(batch);
  const auto labels = [&](uint64_t seed, int64_t step) {
    Settings settings;
    settings.train.seed = seed;
    return sample_anchors(anchors, batch, settings, at_step(step)).labels.to_vector<int32_t>();
  };
  CHECK(labels(1, 5) == labels(1, 5));
  CHECK(labels(1, 5) != labels(1, 6));
  CHECK(labels(1, 5) != labels(2, 5));
}

TEST_CASE("the first stage's losses are means over the batch's samples") {
  // Three of four anchors are sampled; each logit of 0 costs log 2. The only positive anchor is off by 0.5 in dx.
  const AnchorTargets targets{Tensor::from<int32_t>({1, 0, -1, 0}),
                              Tensor::from<float>({0.5f, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, {4, 4})};
  const RpnLosses losses = rpn_losses(without_deltas({0, 0, 50, 0}), targets);
  CHECK(losses.objectness.value().data<float>()[0] == Approx(std::log(2.0)));
  CHECK(losses.box.value().data<float>()[0] == Approx((0.5 - 0.5 / 9) / 3));
}

}  // namespace intertwiner
