// The loops of detector/model/proposals.cpp. N images, A anchors per image, L levels, C candidates per level.
#pragma once
#include "detector/model/box_lists.h"

namespace intertwiner {

/// Keys for Backend::smallest, N×A int32: the highest logit has the smallest key.
Tensor score_keys(const Tensor& logits);

/// The first stage's anchors and predictions.
struct AnchorPredictions {
  Tensor anchors;      ///< A×4 float32
  Tensor logits;       ///< N×A×1
  Tensor deltas;       ///< N×A×4
  Tensor image_sizes;  ///< N×2 float32: height and width without padding
};
struct DecodedProposals {
  Tensor boxes;  ///< N·L×C×4 float32
  Tensor valid;  ///< N·L×C int32: 0 if there is no candidate or a side is below 1e-3 px
};
/// Boxes of the candidates, clipped to their images. `candidates` N×L×C int32: anchor indices, −1 for none.
DecodedProposals decode_proposals(const AnchorPredictions& predictions, const Tensor& candidates);

/// Sort keys of the candidates that stay after NMS, N×(L·C) int32. `stays` N·L×C int32: 1 if the candidate stays, else
/// 0.
Tensor staying_keys(const Tensor& logits, const Tensor& candidates, const Tensor& stays);

/// The boxes with these indices in their image, N×K×4. `indices` N×1×K int32; −1 gives zeros.
Tensor take_boxes(const Tensor& boxes, const Tensor& indices);

}  // namespace intertwiner
