// Index functions of kernels/anchor_matcher.h.
#pragma once
#include "detector/model/box_coder.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Candidates and objects of N images. Each image has its own `width` candidates; if `shared`, all images have the
/// same.
struct MatchInput {
  [[no_unique_address]] NamedFields named{};
  const Box* candidates;
  const int32_t* candidate_count;  // valid count of each image; null: all are valid
  int64_t width;
  bool shared;
  const Box* objects;  // N×capacity
  const int32_t* object_count;
  int64_t capacity;

  INTERTWINER_HD const Box* candidates_of(int64_t n) const { return shared ? candidates : candidates + n * width; }
  INTERTWINER_HD int64_t count_of(int64_t n) const { return candidate_count ? candidate_count[n] : width; }
};

constexpr int64_t kMatchChunk = 256;  ///< candidates per chunk

/// The max IoU of an object with a chunk of candidates; the index is (image, chunk, object), so neighbouring threads
/// read the same candidates.
struct BestOfChunk {
  [[no_unique_address]] NamedFields named{};
  int64_t chunks;
  MatchInput in;
  float* best;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / in.capacity / chunks, g = index % in.capacity;
    const int64_t begin = index / in.capacity % chunks * kMatchChunk, count = in.count_of(n);
    const int64_t end = begin + kMatchChunk < count ? begin + kMatchChunk : count;
    float max = 0;
    if (g < in.object_count[n]) {
      const Box object = in.objects[n * in.capacity + g];
      const Box* candidates = in.candidates_of(n);
      for (int64_t i = begin; i < end; ++i) {
        if (!meet(candidates[i], object)) continue;
        const float overlap = iou(candidates[i], object);
        max = overlap > max ? overlap : max;
      }
    }
    best[index] = max;
  }
};

/// The max over all chunks; the index is (image, object).
struct BestOfObject {
  [[no_unique_address]] NamedFields named{};
  const float* chunk_best;
  int64_t chunks, capacity;
  float* best;

  INTERTWINER_HD void operator()(int64_t index) const {
    const float* of_object = chunk_best + index / capacity * chunks * capacity + index % capacity;
    float max = 0;
    for (int64_t i = 0; i < chunks; ++i) max = of_object[i * capacity] > max ? of_object[i * capacity] : max;
    best[index] = max;
  }
};

/// A candidate's object and label; the index is (image, candidate). `object_best` is each object's max IoU; candidates
/// that reach it are positive.
struct MatchCandidate {
  [[no_unique_address]] NamedFields named{};
  const float* object_best;  // null: keep_best is off
  MatchInput in;
  float positive_iou, negative_iou;
  int32_t *object, *label;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / in.width, i = index % in.width;
    float best = in.object_count[n] > 0 ? 0.0f : -1.0f;
    int32_t which = 0;
    bool is_best = false;
    const Box candidate = in.candidates_of(n)[i];
    for (int64_t g = 0; g < in.object_count[n]; ++g) {
      if (!meet(candidate, in.objects[n * in.capacity + g])) continue;
      const float overlap = iou(candidate, in.objects[n * in.capacity + g]);
      if (overlap > best) {
        best = overlap;
        which = static_cast<int32_t>(g);
      }
      is_best = is_best || (object_best && overlap > 0 && overlap == object_best[n * in.capacity + g]);
    }
    object[index] = which;
    label[index] = i >= in.count_of(n) ? -1 : is_best || best >= positive_iou ? 1 : best < negative_iou ? 0 : -1;
  }
};

/// Deltas of positive anchors, zeros for the rest; the index is (image, anchor).
struct AnchorDeltas {
  [[no_unique_address]] NamedFields named{};
  const int32_t *label, *object;
  const Box *anchors, *objects;
  int64_t width, object_capacity;
  BoxCoder::Deltas* deltas;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / width;
    deltas[index] =
        label[index] == 1
            ? BoxCoder(kAnchorCoder).encode(anchors[index % width], objects[n * object_capacity + object[index]])
            : BoxCoder::Deltas{0, 0, 0, 0};
  }
};

}  // namespace intertwiner::kernels
