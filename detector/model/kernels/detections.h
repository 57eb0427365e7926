// Index functions from the second stage's predictions to detections. Lists are (image, class), background left out, of
// `width` places: place j of an image's lists is its j-th region.
#pragma once
#include "detector/model/box_coder.h"
#include "engine/kernels/keys.h"

namespace intertwiner::kernels {

/// Which region stands at a place: rows of image n are places[first[n]] to places[first[n + 1] − 1].
struct DetectionLists {
  const int32_t *first, *places;
  int64_t width, classes;  // with background

  INTERTWINER_HD int64_t image(int64_t index) const { return index / width / (classes - 1); }
  INTERTWINER_HD int64_t label(int64_t index) const { return index / width % (classes - 1) + 1; }
  /// −1 where the image has no more regions.
  INTERTWINER_HD int64_t region(int64_t n, int64_t place) const {
    return place < first[n + 1] - first[n] ? places[first[n] + place] : -1;
  }
};

/// Keys of scores above the least; the index is (image, class, place).
template <class T>
struct DetectionKeys {
  DetectionLists lists;
  const T* scores;  // R×classes
  float least;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    key[index] = kNoKey;
    const int64_t r = lists.region(lists.image(index), index % lists.width);
    if (r < 0) return;
    const auto score = static_cast<float>(scores[r * lists.classes + lists.label(index)]);
    if (score > least) key[index] = key_of_score(score);
  }
};

/// Box and score of a list's regions, best first: `order` has their places, −1 behind the last. The index is
/// (image, class, rank).
template <class T>
struct DecodeDetection {
  DetectionLists lists;
  const T *scores, *deltas;
  const Box* regions;
  const float* image_sizes;
  const int32_t* order;
  float least_side;
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
    valid[index] = box.width() >= least_side && box.height() >= least_side ? 1 : 0;
  }
};

struct StayingScores {
  const float* score;
  const int32_t* stays;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t i) const { key[i] = stays[i] ? key_of_score(score[i]) : kNoKey; }
};

/// A detection as six numbers, x1 y1 x2 y2, label, score; label −1 where an image has no more. The index is
/// (image, place).
struct TakeDetection {
  const int32_t* chosen;  // N×places, among an image's (class, rank)
  const Box* boxes;
  const float* scores;
  int64_t places, width, classes;
  float* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    float* to = out + 6 * index;
    to[4] = -1;
    if (chosen[index] < 0) return;
    const int64_t at = index / places * width * (classes - 1) + chosen[index];
    to[0] = boxes[at].x1;
    to[1] = boxes[at].y1;
    to[2] = boxes[at].x2;
    to[3] = boxes[at].y2;
    to[4] = static_cast<float>(chosen[index] / width + 1);
    to[5] = scores[at];
  }
};

}  // namespace intertwiner::kernels
