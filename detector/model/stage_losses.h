// The losses of the two stages, as in Faster R-CNN: L_standard of eq. 5. Each is divided by the number of the batch's
// samples.
#pragma once
#include "detector/model/anchor_sampling.h"
#include "detector/model/regions.h"
#include "layers/networks/box_head.h"
#include "layers/networks/rpn_head.h"

namespace intertwiner {

struct RpnLosses {
  Variable objectness;  ///< binary cross-entropy over the sampled anchors
  Variable box;         ///< smooth L1 of the deltas, over positive anchors
};
RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets);

struct RegionLosses {
  Variable classes;  ///< cross-entropy over the sampled regions
  Variable box;      ///< smooth L1 of the true class's deltas, over foreground
};
RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples);

}  // namespace intertwiner
