// Rows whose number only the device knows: tensors of a fixed capacity with a valid count beside them.
//
// On a GPU the valid rows come first. The rows behind them hold −1 (numbers) or zeros, and kernels and batch norm skip
// them, so the host never waits for their number. On the CPU the number is at hand, and all rows are valid.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// Rows selected from a tensor.
struct SelectedRows {
  Tensor rows;         ///< capacity, int32: the rows' numbers, ascending; −1 behind the last valid one
  Tensor valid_count;  ///< one value, float64; undefined: all are valid

  int64_t capacity() const { return rows.size(); }
};

/// The first `capacity` rows whose flag (int32) is not negative.
SelectedRows selected_rows(const Tensor& flags, int64_t capacity);

/// The rows of this level; `level` R int32.
SelectedRows rows_of_level(const Tensor& level, int64_t wanted);

/// Writes where each selected row lies: position[rows[i]] = begin + i.
void write_positions(const SelectedRows& selected, int64_t begin, const Tensor& position);

/// Flags of N lists of `capacity` rows, N·capacity int32: 1 for valid rows, −1 for the rest. `valid_count` N int32.
Tensor valid_flags(const Tensor& valid_count, int64_t capacity);

/// Valid counts of N lists of numbers, N int32. `numbers` N×…: the valid ones come first, the others are −1.
Tensor valid_counts(const Tensor& numbers);

}  // namespace intertwiner
