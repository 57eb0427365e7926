// Proposals, the result of the first stage (6.5). For each level: takes the anchors with the highest logits, decodes
// and clips their boxes, and applies NMS. Then keeps the highest logits of all levels.
#pragma once
#include "detector/model/anchors.h"
#include "detector/model/box_lists.h"
#include "layers/networks/rpn_head.h"

namespace intertwiner {

struct ProposalLimits {
  int64_t candidates;  ///< max per level before NMS
  int64_t proposals;   ///< max per image after NMS
  double nms_iou;
};

/// Proposals of each image, best first. `image_sizes` N×2 float32: height and width without padding.
BoxLists make_proposals(const RpnPredictions& predictions, const Anchors& anchors, const Tensor& image_sizes,
                        const ProposalLimits& limits);

}  // namespace intertwiner
