#include "detector/model/kernels/proposals.h"

#include "detector/model/kernels/proposals_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr float kMinSide = 1e-3f;  // px
constexpr int64_t kBoxGrain = 1 << 12;

Loop over(const Tensor& rows, int64_t count) { return {.device = rows.device(), .count = count, .grain = kBoxGrain}; }

}  // namespace

Tensor score_keys(const Tensor& logits) {
  Tensor keys = Tensor::empty({logits.dim(0), logits.dim(1)}, DType::int32, logits.device());
  for_each_float_index(over(keys, keys.size()), logits.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ScoreKeys<T>{.score = at(logits), .key = at(keys)};
  });
  return keys;
}

DecodedProposals decode_proposals(const AnchorPredictions& predictions, const Tensor& candidates) {
  const int64_t lists = candidates.dim(0) * candidates.dim(1), capacity = candidates.dim(2);
  const DecodedProposals decoded{Tensor::empty({lists, capacity, 4}, DType::float32, candidates.device()),
                                 Tensor::empty({lists, capacity}, DType::int32, candidates.device())};
  for_each_float_index(over(candidates, candidates.size()), predictions.deltas.dtype(),
                       [&]<class T>(const Pointers& at) {
                         return kernels::DecodeProposal<T>{.anchors = at(predictions.anchors),
                                                           .deltas = at(predictions.deltas),
                                                           .image_sizes = at(predictions.image_sizes),
                                                           .candidates = at(candidates),
                                                           .anchor_count = predictions.anchors.dim(0),
                                                           .width = candidates.dim(1) * capacity,
                                                           .min_side = kMinSide,
                                                           .boxes = at(decoded.boxes),
                                                           .valid = at(decoded.valid)};
                       });
  return decoded;
}

Tensor staying_keys(const Tensor& logits, const Tensor& candidates, const Tensor& stays) {
  const int64_t width = candidates.dim(1) * candidates.dim(2);
  Tensor keys = Tensor::empty({candidates.dim(0), width}, DType::int32, candidates.device());
  for_each_float_index(over(keys, keys.size()), logits.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::StayingKeys<T>{.logits = at(logits),
                                   .candidates = at(candidates),
                                   .stays = at(stays),
                                   .anchor_count = logits.dim(1),
                                   .width = width,
                                   .key = at(keys)};
  });
  return keys;
}

Tensor take_boxes(const Tensor& boxes, const Tensor& numbers) {
  const int64_t images = numbers.dim(0), capacity = numbers.dim(-1);
  Tensor taken = Tensor::empty({images, capacity, 4}, DType::float32, boxes.device());
  for_each_index(over(boxes, images * capacity), [&](const Pointers& at) {
    return kernels::TakeBox{.boxes = at(boxes),
                            .numbers = at(numbers),
                            .width = boxes.size() / (4 * images),
                            .capacity = capacity,
                            .out = at(taken)};
  });
  return taken;
}

}  // namespace intertwiner
