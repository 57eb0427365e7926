// What the first stage proposes: of each level the best anchors by their logits, decoded, clipped, without overlaps;
// of all levels together the best.
#pragma once
#include <vector>

#include "detector/model/anchors.h"
#include "detector/settings/settings.h"
#include "layers/rpn_head.h"

namespace intertwiner {

/// Boxes of N images, P places an image.
struct Proposals {
  Tensor boxes;  ///< N×P×4 float32, best first; zeros behind the last
  Tensor count;  ///< N int32
};

struct ProposalLimits {
  int64_t candidates;  ///< a level, before suppression
  int64_t proposals;   ///< an image, after it
  double nms_iou;
};

/// `image_sizes` N×2 float32, without padding: boxes are clipped to them.
Proposals make_proposals(const RpnPredictions& predictions, const Anchors& anchors, const Tensor& image_sizes,
                         const ProposalLimits& limits);

/// Boxes that are given, on the host.
Proposals proposals_of(const std::vector<std::vector<Box>>& boxes);

}  // namespace intertwiner
