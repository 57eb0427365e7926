// Converts labels of R rows (int32) to labels for a loss or the class buffer. −1: the row is left out.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// Labels without background: label 0 becomes −1.
Tensor foreground_labels(const Tensor& labels);

/// 0 for positives (label above 0), −1 for other rows.
Tensor positive_labels(const Tensor& labels);

/// The rows of the class buffer: `classes` rows for each of `buffers`.
struct BufferLayout {
  int64_t classes;              ///< background included
  int64_t buffers = 1;          ///< 1: one for all levels; 3: one for each of P2..P4, and P5 uses P2's
  int64_t left_out_level = -1;  ///< this level is not compared; −1: all are compared
};

/// Maps each row's label to the class buffer row that it enters or is compared with (3.2); −1 for background. `level` R
/// int32, 0 for P2.
Tensor buffer_rows(const Tensor& labels, const Tensor& level, const BufferLayout& layout);

}  // namespace intertwiner
