#include "detector/model/stage_losses.h"

#include "detector/model/kernels/labels.h"
#include "engine/backend/backend.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"

namespace intertwiner {
namespace {

constexpr double kSmoothL1Beta = 1.0 / 9;

Tensor samples_in(const Tensor& labels) { return backend_of(labels).sum(labels, Summand::at_least_zero); }

}  // namespace

RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets) {
  const int64_t count = targets.labels.size();
  const Tensor sampled = samples_in(targets.labels);
  return {binary_cross_entropy(reshape(predictions.logits, {count}), targets.labels, sampled),
          smooth_l1(reshape(predictions.deltas, {count, 4}), {.labels = positive_labels(targets.labels),
                                                              .targets = targets.deltas,
                                                              .beta = kSmoothL1Beta,
                                                              .divisor = sampled})};
}

RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples) {
  const Tensor sampled = samples_in(samples.labels);
  return {softmax_cross_entropy(predictions.logits, samples.labels, sampled),
          smooth_l1(predictions.deltas, {.labels = foreground_labels(samples.labels),
                                         .targets = samples.deltas,
                                         .beta = kSmoothL1Beta,
                                         .divisor = sampled})};
}

}  // namespace intertwiner
