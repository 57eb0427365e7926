// Index functions of kernels/detections.h. There is a list for each (image, class), background left out; row j of an
// image's lists is its j-th region.
#pragma once
#include "detector/model/box_coder.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Lists of capacity `width`. The regions of image n are region[first[n]] to region[first[n + 1] − 1].
struct DetectionLists {
  [[no_unique_address]] NamedFields named{};
  const int32_t *first, *regions;
  int64_t width, classes;  // with background

  INTERTWINER_HD int64_t image(int64_t index) const { return index / width / (classes - 1); }
  INTERTWINER_HD int64_t label(int64_t index) const { return index / width % (classes - 1) + 1; }
  /// −1 where the image has no more regions.
  INTERTWINER_HD int64_t region(int64_t n, int64_t row) const {
    return row < first[n + 1] - first[n] ? regions[first[n] + row] : -1;
  }
};

/// Keys of scores above `min_score`; the index is (image, class, row).
template <class T>
struct DetectionKeys {
  [[no_unique_address]] NamedFields named{};
  const T* scores;  // R×classes
  DetectionLists lists;
  float min_score;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    key[index] = kNoKey;
    const int64_t r = lists.region(lists.image(index), index % lists.width);
    if (r < 0) return;
    const auto score = static_cast<float>(scores[r * lists.classes + lists.label(index)]);
    if (score > min_score) key[index] = key_of_score(score);
  }
};

/// Box and score of a list's regions, best first: `order` has their rows, −1 behind the last. The index is (image,
/// class, rank).
template <class T>
struct DecodeDetection {
  [[no_unique_address]] NamedFields named{};
  const T *scores, *deltas;
  DetectionLists lists;
  const Box* regions;
  const float* image_sizes;
  const int32_t* order;
  float min_side;
  Box* boxes;
  float* box_scores;
  int32_t* valid;

  INTERTWINER_HD void operator()(int64_t index) const {
    boxes[index] = {};
    box_scores[index] = 0;
    valid[index] = 0;
    if (order[index] < 0) return;
    const int64_t n = lists.image(index), r = lists.region(n, order[index]);
    const int64_t at = r * lists.classes + lists.label(index);
    float delta[4];
    for (int64_t i = 0; i < 4; ++i) delta[i] = static_cast<float>(deltas[4 * at + i]);
    const Box box = clip(BoxCoder(kRegionCoder).decode(regions[r], delta), image_sizes[2 * n], image_sizes[2 * n + 1]);
    boxes[index] = box;
    box_scores[index] = static_cast<float>(scores[at]);
    valid[index] = box.width() >= min_side && box.height() >= min_side ? 1 : 0;
  }
};

struct StayingScores {
  [[no_unique_address]] NamedFields named{};
  const float* score;
  const int32_t* stays;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t i) const { key[i] = stays[i] ? key_of_score(score[i]) : kNoKey; }
};

/// A detection as six numbers, x1 y1 x2 y2, label, score; label −1 behind an image's last. The index is (image, rank).
struct TakeDetection {
  [[no_unique_address]] NamedFields named{};
  const int32_t* best;  // N×capacity numbers among an image's (class, rank)
  const Box* boxes;
  const float* scores;
  int64_t capacity, width, classes;
  float* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    float* to = out + 6 * index;
    to[4] = -1;
    if (best[index] < 0) return;
    const int64_t at = index / capacity * width * (classes - 1) + best[index];
    to[0] = boxes[at].x1;
    to[1] = boxes[at].y1;
    to[2] = boxes[at].x2;
    to[3] = boxes[at].y2;
    to[4] = static_cast<float>(best[index] / width + 1);
    to[5] = scores[at];
  }
};

}  // namespace intertwiner::kernels
