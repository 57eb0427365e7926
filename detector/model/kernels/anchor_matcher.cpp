#include "detector/model/kernels/anchor_matcher.h"

#include "detector/model/kernels/anchor_matcher_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kCandidateGrain = 1 << 12;

kernels::MatchInput input_of(const BoxLists& candidates, const BoxLists& objects, const Pointers& at) {
  return {.candidates = at(candidates.boxes),
          .candidate_count = at.or_null(candidates.valid_count),
          .width = candidates.boxes.dim(-2),
          .shared = candidates.boxes.rank() == 2,
          .objects = at(objects.boxes),
          .object_count = at(objects.valid_count),
          .capacity = objects.boxes.dim(1)};
}

/// The max IoU of each object with any candidate, N·G.
Tensor best_overlaps(const BoxLists& candidates, const BoxLists& objects) {
  const Device device = objects.boxes.device();
  const int64_t count = objects.boxes.dim(0) * objects.boxes.dim(1);
  const int64_t chunks = divide_up(candidates.boxes.dim(-2), kernels::kMatchChunk);
  const Tensor of_chunks = Tensor::empty({count, chunks}, DType::float32, device);
  Tensor best = Tensor::empty({count}, DType::float32, device);
  for_each_index({.device = device, .count = count * chunks, .grain = kCandidateGrain / kernels::kMatchChunk},
                 [&](const Pointers& at) {
                   return kernels::BestOfChunk{
                       .chunks = chunks, .in = input_of(candidates, objects, at), .best = at(of_chunks)};
                 });
  for_each_index({.device = device, .count = count, .grain = kCandidateGrain}, [&](const Pointers& at) {
    return kernels::BestOfObject{
        .chunk_best = at(of_chunks), .chunks = chunks, .capacity = objects.boxes.dim(1), .best = at(best)};
  });
  return best;
}

}  // namespace

Matches match(const BoxLists& candidates, const BoxLists& objects, const MatchRules& rules) {
  const Device device = objects.boxes.device();
  const int64_t images = objects.boxes.dim(0), width = candidates.boxes.dim(-2);
  Tensor best;
  if (rules.keep_best) best = best_overlaps(candidates, objects);
  const Matches matches{Tensor::empty({images, width}, DType::int32, device),
                        Tensor::empty({images, width}, DType::int32, device)};
  for_each_index({.device = device, .count = images * width, .grain = kCandidateGrain}, [&](const Pointers& at) {
    return kernels::MatchCandidate{.object_best = at.or_null(best),
                                   .in = input_of(candidates, objects, at),
                                   .positive_iou = static_cast<float>(rules.positive_iou),
                                   .negative_iou = static_cast<float>(rules.negative_iou),
                                   .object = at(matches.object),
                                   .label = at(matches.label)};
  });
  return matches;
}

Tensor anchor_deltas(const Tensor& anchors, const Tensor& objects, const Tensor& matched_object, const Tensor& labels) {
  Tensor deltas = Tensor::empty({labels.size(), 4}, DType::float32, labels.device());
  for_each_index({.device = labels.device(), .count = labels.size()}, [&](const Pointers& at) {
    return kernels::AnchorDeltas{.label = at(labels),
                                 .object = at(matched_object),
                                 .anchors = at(anchors),
                                 .objects = at(objects),
                                 .width = anchors.dim(0),
                                 .object_capacity = objects.dim(1),
                                 .deltas = at(deltas)};
  });
  return deltas;
}

}  // namespace intertwiner
