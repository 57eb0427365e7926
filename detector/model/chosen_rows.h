// Which of many rows there are, where only the device knows how many. On a GPU what follows has a fixed number of rows,
// the last of which may be none: kernels and batch norm leave those out, and the host need not be told. On the CPU,
// where the number is at hand, there are exactly so many.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

struct ChosenRows {
  Tensor rows;   ///< int32: their numbers, ascending; −1 behind the last
  Tensor count;  ///< one value, float64: how many; undefined: all of `rows`
};

/// The first `most` rows whose flag (int32) is not negative.
ChosenRows chosen_rows(const Tensor& flags, int64_t most);

}  // namespace intertwiner
