// What the first stage proposes (6.5): of each level the anchors with the highest logits, decoded, clipped to the image
// and without overlaps (NMS); of all levels together the highest again.
#pragma once
#include "detector/model/anchors.h"
#include "detector/model/box_lists.h"
#include "layers/networks/rpn_head.h"

namespace intertwiner {

struct ProposalLimits {
  int64_t candidates;  ///< a level, before suppression
  int64_t proposals;   ///< an image, after it
  double nms_iou;
};

/// Proposals of each image, best first. `image_sizes` N×2 float32: height and width without padding.
BoxLists make_proposals(const RpnPredictions& predictions, const Anchors& anchors, const Tensor& image_sizes,
                        const ProposalLimits& limits);

}  // namespace intertwiner
