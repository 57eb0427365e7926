// The loops of detector/model/proposals.cpp. N images, A anchors an image, L levels; C candidates of each level.
#pragma once
#include "detector/model/box_lists.h"

namespace intertwiner {

/// Keys for Backend::smallest, of the logits' shape, int32: the greatest logit has the smallest key.
Tensor score_keys(const Tensor& logits);

/// What the first stage says of its anchors.
struct AnchorPredictions {
  Tensor anchors;      ///< A×4 float32
  Tensor logits;       ///< N×A×1
  Tensor deltas;       ///< N×A×4
  Tensor image_sizes;  ///< N×2 float32: height and width without padding
};
struct DecodedProposals {
  Tensor boxes;  ///< N·L×C×4 float32
  Tensor valid;  ///< N·L×C int32: 0 where there is no candidate, or where a side is below 1e-3 px
};
/// Boxes of the candidates, clipped to their images. `candidates` N×L×C int32: numbers of anchors, −1 for none.
DecodedProposals decode_proposals(const AnchorPredictions& predictions, const Tensor& candidates);

/// Keys of the candidates that stay after suppression, N×(L·C) int32. `stays` N·L×C int32: 1 for those.
Tensor staying_keys(const Tensor& logits, const Tensor& candidates, const Tensor& stays);

/// N×K×4: boxes by `numbers` (N×1×K int32) among those of their image; zeros for −1.
Tensor take_boxes(const Tensor& boxes, const Tensor& numbers);

}  // namespace intertwiner
