// The first stage: what the anchors should have said, what they cost, and which boxes they propose.
#pragma once
#include <vector>

#include "data/batch.h"
#include "detector/anchors.h"
#include "detector/settings.h"
#include "layers/rpn_head.h"

namespace intertwiner {

/// For every anchor of every image: 1 positive, 0 negative, −1 not sampled; and the deltas to its object.
struct AnchorTargets {
  Tensor labels;  ///< N·A int32
  Tensor deltas;  ///< N·A×4 float32

  AnchorTargets to(Device device) const { return {labels.to(device), deltas.to(device)}; }
};

AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const ProposalSettings& settings,
                             uint64_t seed, int64_t step);

struct RpnLosses {
  Variable objectness, box;
};
/// Binary cross-entropy, mean over the batch's samples; smooth L1 over positives, divided by the batch's samples.
RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets);

/// Proposals of each image, best first: the best logits of each level, decoded, clipped to the unpadded image, without
/// overlaps.
struct ProposalLimits {
  int64_t candidates;  ///< a level, before suppression
  int64_t proposals;   ///< an image, after it
  double nms_iou;
};
std::vector<std::vector<Box>> make_proposals(const RpnPredictions& predictions, const Anchors& anchors,
                                             const Tensor& image_sizes, const ProposalLimits& limits);

}  // namespace intertwiner
