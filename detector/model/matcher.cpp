#include "detector/model/matcher.h"

#include "detector/model/kernels/matching.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kCandidateGrain = 1 << 12;

/// Each object's greatest IoU with any candidate, N×G.
Tensor best_overlaps(const kernels::MatchInput& in, int64_t images, Device on) {
  const int64_t objects = images * in.capacity, chunks = divide_up(in.width, kernels::kMatchChunk);
  const Tensor of_chunks = Tensor::empty({objects, chunks}, DType::float32, on);
  Tensor best = Tensor::empty({objects}, DType::float32, on);
  for_each_index(on, objects * chunks, kCandidateGrain / kernels::kMatchChunk,
                 kernels::BestOfChunk{in, chunks, of_chunks.data<float>(on)});
  for_each_index(on, objects, kCandidateGrain,
                 kernels::BestOfObject{of_chunks.data<float>(on), chunks, best.data<float>(on)});
  return best;
}

}  // namespace

Matches match(const BoxLists& candidates, const BoxLists& objects, const MatchRules& rules) {
  const Device on = objects.boxes.device();
  const bool shared = candidates.boxes.rank() == 2;
  const int64_t images = objects.boxes.dim(0), width = candidates.boxes.dim(-2);
  const kernels::MatchInput in{boxes_of(candidates.boxes, on),
                               candidates.count.defined() ? candidates.count.data<int32_t>(on) : nullptr,
                               width,
                               shared,
                               boxes_of(objects.boxes, on),
                               objects.count.data<int32_t>(on),
                               objects.boxes.dim(1)};
  Tensor best;
  if (rules.keep_best) best = best_overlaps(in, images, on);
  const Matches matches{Tensor::empty({images, width}, DType::int32, on),
                        Tensor::empty({images, width}, DType::int32, on)};
  for_each_index(on, images * width, kCandidateGrain,
                 kernels::MatchCandidate{in, best.defined() ? best.data<float>(on) : nullptr,
                                         static_cast<float>(rules.positive_iou), static_cast<float>(rules.negative_iou),
                                         matches.object.data<int32_t>(on), matches.kind.data<int32_t>(on)});
  return matches;
}

}  // namespace intertwiner
