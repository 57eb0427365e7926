// Index functions of matching (detector/model/matcher.h) and of the random choice (detector/model/sampler.h).
#pragma once
#include "detector/model/kernels/proposals.h"
#include "engine/box.h"
#include "engine/kernels/keys.h"
#include "engine/philox.h"

namespace intertwiner::kernels {

/// N images' candidates and objects. Candidates are `width` an image, or with `shared` the same for all images.
struct MatchInput {
  const Box* candidates;
  const int32_t* candidate_count;  // null: all of them
  int64_t width;
  bool shared;
  const Box* objects;  // N×capacity
  const int32_t* object_count;
  int64_t capacity;

  INTERTWINER_HD const Box* candidates_of(int64_t n) const { return shared ? candidates : candidates + n * width; }
  INTERTWINER_HD int64_t count_of(int64_t n) const { return candidate_count ? candidate_count[n] : width; }
};

constexpr int64_t kMatchChunk = 256;  ///< candidates that one index compares with an object

/// An object's greatest IoU with a chunk of the candidates; the index is (image, object, chunk).
struct BestOfChunk {
  MatchInput in;
  int64_t chunks;
  float* best;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / chunks / in.capacity, g = index / chunks % in.capacity;
    const int64_t begin = index % chunks * kMatchChunk, count = in.count_of(n);
    const int64_t end = begin + kMatchChunk < count ? begin + kMatchChunk : count;
    float most = 0;
    if (g < in.object_count[n]) {
      const Box object = in.objects[n * in.capacity + g];
      const Box* candidates = in.candidates_of(n);
      for (int64_t i = begin; i < end; ++i) {
        const float overlap = iou(candidates[i], object);
        most = overlap > most ? overlap : most;
      }
    }
    best[index] = most;
  }
};

/// The greatest of all chunks; the index is (image, object).
struct BestOfObject {
  const float* chunk_best;
  int64_t chunks;
  float* best;

  INTERTWINER_HD void operator()(int64_t index) const {
    float most = 0;
    for (int64_t i = index * chunks; i < (index + 1) * chunks; ++i) most = chunk_best[i] > most ? chunk_best[i] : most;
    best[index] = most;
  }
};

/// A candidate's object and kind; the index is (image, candidate). With `object_best` the best of every object are
/// positive, whatever they overlap.
struct MatchCandidate {
  MatchInput in;
  const float* object_best;  // null: not asked
  float positive_iou, negative_iou;
  int32_t *object, *kind;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / in.width, i = index % in.width;
    float best = -1;
    int32_t which = 0;
    bool is_best = false;
    const Box candidate = in.candidates_of(n)[i];
    for (int64_t g = 0; g < in.object_count[n]; ++g) {
      const float overlap = iou(candidate, in.objects[n * in.capacity + g]);
      if (overlap > best) {
        best = overlap;
        which = static_cast<int32_t>(g);
      }
      is_best = is_best || (object_best && overlap > 0 && overlap == object_best[n * in.capacity + g]);
    }
    object[index] = which;
    kind[index] = i >= in.count_of(n) ? -1 : is_best || best >= positive_iou ? 1 : best < negative_iou ? 0 : -1;
  }
};

/// A random key for every candidate of this kind; the index is (image, candidate).
struct DrawKeys {
  const int32_t* kind;
  int32_t wanted;
  Philox random;
  const int64_t* step;
  int64_t width;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / width, i = index % width;
    key[index] =
        kind[index] == wanted
            ? key_of_word(random.word(static_cast<uint64_t>(*step), static_cast<uint32_t>(n), static_cast<uint32_t>(i)))
            : kNoKey;
  }
};

/// Writes `label` where a list of `places` an image points, but no more than `total` less the members of `before`
/// (null: of no list); the index is (image, place).
struct LabelChosen {
  const int32_t* chosen;
  int64_t places, width, total;
  const int32_t* before;
  int64_t before_places;
  int32_t label;
  int32_t* labels;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / places;
    const int64_t taken = before ? LeadingCount::of(before + n * before_places, before_places) : 0;
    if (chosen[index] >= 0 && index % places < total - taken) labels[n * width + chosen[index]] = label;
  }
};

}  // namespace intertwiner::kernels
