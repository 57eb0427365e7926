// How many rows of a padded map are there, as index functions are told.
#pragma once
#include "engine/kernels/sums.h"
#include "engine/tensor.h"

namespace intertwiner {

/// The rows …×C of the first `valid_count` entries of x's first axis (one value, float64, on x's device), or all rows
/// where it is undefined.
inline kernels::PresentRows present_rows(const Tensor& x, const Tensor& valid_count) {
  const int64_t channels = x.dim(-1), rows = channels == 0 ? 0 : x.size() / channels;
  return {.all = rows,
          .per_entry = x.dim(0) == 0 ? 0 : rows / x.dim(0),
          .valid_count = valid_count.defined() ? valid_count.data<double>(x.device()) : nullptr};
}

}  // namespace intertwiner
