// The first stage's training: what the anchors should have said, and what they cost.
#pragma once
#include "data/batch.h"
#include "detector/model/anchors.h"
#include "detector/settings/settings.h"
#include "layers/rpn_head.h"

namespace intertwiner {

/// For every anchor of every image: 1 positive, 0 negative, −1 not sampled; and the deltas to its object.
struct AnchorTargets {
  Tensor labels;  ///< N·A int32
  Tensor deltas;  ///< N·A×4 float32

  AnchorTargets to(Device device) const { return {labels.to(device), deltas.to(device)}; }
};

/// Everything lies on one device; `step` is one int64.
AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const ProposalSettings& settings,
                             uint64_t seed, const Tensor& step);

struct RpnLosses {
  Variable objectness, box;
};
/// Binary cross-entropy, mean over the batch's samples; smooth L1 over positives, divided by the batch's samples.
RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets);

}  // namespace intertwiner
