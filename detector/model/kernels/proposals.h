// Index functions from the anchors' predictions to proposals.
#pragma once
#include "detector/model/box_coder.h"
#include "engine/kernels/keys.h"

namespace intertwiner::kernels {

template <class T>
struct ScoreKeys {
  const T* score;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t i) const { key[i] = key_of_score(static_cast<float>(score[i])); }
};

/// Box of one candidate (of `width` an image) by its anchor's number, clipped to its unpadded image; not valid where
/// there is none or a side is shorter than `least_side`.
template <class T>
struct DecodeProposal {
  const Box* anchors;
  const T* deltas;           // N×A×4
  const float* image_sizes;  // N×2: height, width
  const int32_t* candidates;
  int64_t anchor_count, width;
  float least_side;
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
    valid[index] = box.width() >= least_side && box.height() >= least_side ? 1 : 0;
  }
};

/// Keys of the candidates that stay, by their anchors' logits.
template <class T>
struct StayingKeys {
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

/// Boxes by their numbers among the `width` of their image; the index is a place among the `places` of an image.
struct TakeBox {
  const Box* boxes;
  const int32_t* chosen;
  int64_t width, places;
  Box* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    out[index] = chosen[index] < 0 ? Box{} : boxes[index / places * width + chosen[index]];
  }
};

/// How many of `width` numbers are not negative, where those lead; the index is a row of them.
struct LeadingCount {
  const int32_t* numbers;
  int64_t width;
  int32_t* count;

  INTERTWINER_HD static int64_t of(const int32_t* row, int64_t width) {
    int64_t low = 0, high = width;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (row[middle] >= 0)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
  INTERTWINER_HD void operator()(int64_t row) const {
    count[row] = static_cast<int32_t>(of(numbers + row * width, width));
  }
};

}  // namespace intertwiner::kernels
