// Index functions of kernels/sampler.h.
#pragma once
#include "detector/model/kernels/valid_rows_index.h"
#include "engine/philox.h"

namespace intertwiner::kernels {

/// A random key for every candidate with this label; the index is (image, candidate).
struct DrawKeys {
  [[no_unique_address]] NamedFields named{};
  const int32_t* label;
  int32_t wanted;
  Philox random;
  const int64_t* step;
  int64_t width;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / width, i = index % width;
    key[index] =
        label[index] == wanted
            ? key_of_word(random.word(static_cast<uint64_t>(*step), static_cast<uint32_t>(n), static_cast<uint32_t>(i)))
            : kNoKey;
  }
};

/// Writes `label` for each winner of a list, but for no more than `total` less the valid count of list `before` (null:
/// of none); the index is (image, winner).
struct LabelWinners {
  [[no_unique_address]] NamedFields named{};
  const int32_t* winners;  // N×capacity
  int64_t capacity, width, total;
  const int32_t* before;
  int64_t before_capacity;
  int32_t label;
  int32_t* labels;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / capacity;
    const int64_t taken = before ? ValidCount::of(before + n * before_capacity, before_capacity) : 0;
    if (winners[index] >= 0 && index % capacity < total - taken) labels[n * width + winners[index]] = label;
  }
};

}  // namespace intertwiner::kernels
