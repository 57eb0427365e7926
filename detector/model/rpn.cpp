#include "detector/model/rpn.h"

#include "detector/model/kernels/regions.h"
#include "detector/model/matcher.h"
#include "detector/model/sampler.h"
#include "engine/backend/loop.h"
#include "engine/kernels/labels.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"

namespace intertwiner {
namespace {

constexpr double kSmoothL1Beta = 1.0 / 9;

}  // namespace

AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const ProposalSettings& settings,
                             uint64_t seed, const Tensor& step) {
  const Device on = anchors.boxes.device();
  const int64_t count = anchors.count(), total = batch.boxes.dim(0) * count;
  const auto most_positive =
      static_cast<int64_t>(settings.positive_anchor_fraction * static_cast<double>(settings.anchors_per_image));
  const Matches matches = match({anchors.boxes, {}}, {batch.boxes, batch.object_counts},
                                {settings.positive_iou, settings.negative_iou, true});
  const Tensor labels =
      sample(matches.kind, {settings.anchors_per_image, most_positive}, Philox(seed, Purpose::anchor_sampling), step);
  const AnchorTargets targets{labels.reshape({total}), Tensor::empty({total, 4}, DType::float32, on)};
  for_each_index(
      on, total, kElementGrain,
      kernels::AnchorDeltas{labels.data<int32_t>(on), matches.object.data<int32_t>(on), boxes_of(anchors.boxes, on),
                            boxes_of(batch.boxes, on), count, batch.boxes.dim(1), deltas_of(targets.deltas, on)});
  return targets;
}

RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets) {
  const Device on = targets.labels.device();
  const int64_t count = targets.labels.size();
  const Tensor positives = Tensor::empty({count}, DType::int32, on);
  for_each_index(on, count, kElementGrain,
                 kernels::Positives{targets.labels.data<int32_t>(on), positives.data<int32_t>(on)});
  return {binary_cross_entropy(reshape(predictions.logits, {count}), targets.labels),
          smooth_l1(reshape(predictions.deltas, {count, 4}), positives, targets.deltas, kSmoothL1Beta,
                    backend_of(on).sum(targets.labels, Summand::at_least_zero))};
}

}  // namespace intertwiner
