// Tensors with a fixed capacity and a valid count, for row counts that are known only on the device.
//
// On a GPU the valid rows come first. The rows after them hold −1 (indices) or zeros, and kernels and batch norm skip
// them, so the host never waits for the row count. On the CPU the row count is known, and all rows are valid.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// Rows selected from a tensor.
struct SelectedRows {
  Tensor rows;         ///< indices of the rows, int32, rising; −1 after the last valid one
  Tensor valid_count;  ///< one value, float64; undefined: all are valid

  int64_t capacity() const { return rows.size(); }
};

/// The first `capacity` rows whose flag (int32) is not negative.
SelectedRows selected_rows(const Tensor& flags, int64_t capacity);

/// The rows whose level is `wanted`. `level` R int32.
SelectedRows rows_of_level(const Tensor& level, int64_t wanted);

/// Writes the position of each selected row: position[rows[i]] = begin + i.
void write_positions(const SelectedRows& selected, int64_t begin, const Tensor& position);

/// Flags of N lists of `capacity` rows, N·capacity int32: 1 for valid rows, −1 for others. `valid_count` N int32.
Tensor valid_flags(const Tensor& valid_count, int64_t capacity);

/// Valid counts of N lists, N int32. `indices` N×…: the valid ones come first, the others are −1.
Tensor valid_counts(const Tensor& indices);

}  // namespace intertwiner
