#include "detector/model/proposals.h"

#include <algorithm>

#include "detector/model/kernels/proposals.h"
#include "detector/model/kernels/valid_rows.h"
#include "engine/backend/backend.h"

namespace intertwiner {

BoxLists make_proposals(const RpnPredictions& predictions, const Anchors& anchors, const Tensor& image_sizes,
                        const ProposalLimits& limits) {
  const Tensor logits = predictions.logits.value();
  const Backend& backend = backend_of(logits);
  const int64_t per_level = std::min(limits.candidates, anchors.count());
  const Tensor candidates = backend.smallest(score_keys(logits), anchors.level_begin, per_level);
  const auto [boxes, valid] =
      decode_proposals({anchors.boxes, logits, predictions.deltas.value(), image_sizes}, candidates);
  const Tensor stays = backend.nms(boxes, valid, limits.nms_iou, limits.proposals);
  const Tensor keys = staying_keys(logits, candidates, stays);
  const int64_t width = keys.dim(1);
  const Tensor best = backend.smallest(keys, {0, width}, std::min(limits.proposals, width));
  return {take_boxes(boxes, best), valid_counts(best)};
}

}  // namespace intertwiner
