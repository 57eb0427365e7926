// Index functions of kernels/proposals.h. N images, A anchors an image, W candidates an image.
#pragma once
#include "detector/model/box_coder.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

template <class T>
struct ScoreKeys {
  [[no_unique_address]] NamedFields named{};
  const T* score;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t i) const { key[i] = key_of_score(static_cast<float>(score[i])); }
};

/// A candidate's box by its anchor's number, clipped to its unpadded image. Not valid where there is no anchor (−1) or
/// where a side is shorter than `min_side`.
template <class T>
struct DecodeProposal {
  [[no_unique_address]] NamedFields named{};
  const Box* anchors;
  const T* deltas;           // N×A×4
  const float* image_sizes;  // N×2: height, width
  const int32_t* candidates;
  int64_t anchor_count, width;
  float min_side;
  Box* boxes;
  int32_t* valid;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / width, a = candidates[index];
    boxes[index] = {};
    valid[index] = 0;
    if (a < 0) return;
    float delta[4];
    for (int64_t i = 0; i < 4; ++i) delta[i] = static_cast<float>(deltas[(n * anchor_count + a) * 4 + i]);
    const Box box = clip(BoxCoder(kAnchorCoder).decode(anchors[a], delta), image_sizes[2 * n], image_sizes[2 * n + 1]);
    boxes[index] = box;
    valid[index] = box.width() >= min_side && box.height() >= min_side ? 1 : 0;
  }
};

/// Keys of the candidates that stay, by their anchors' logits.
template <class T>
struct StayingKeys {
  [[no_unique_address]] NamedFields named{};
  const T* logits;  // N×A
  const int32_t *candidates, *stays;
  int64_t anchor_count, width;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    key[index] = stays[index]
                     ? key_of_score(static_cast<float>(logits[index / width * anchor_count + candidates[index]]))
                     : kNoKey;
  }
};

/// Boxes by their numbers among the `width` of their image; the index is (image, number).
struct TakeBox {
  [[no_unique_address]] NamedFields named{};
  const Box* boxes;
  const int32_t* numbers;  // N×capacity
  int64_t width, capacity;
  Box* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    out[index] = numbers[index] < 0 ? Box{} : boxes[index / capacity * width + numbers[index]];
  }
};

}  // namespace intertwiner::kernels
