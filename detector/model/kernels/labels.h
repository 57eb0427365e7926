// Labels of R rows (int32), turned into the labels that a loss or the class buffer reads. −1 means: leave the row out.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// Labels without background: label 0 becomes −1.
Tensor foreground_labels(const Tensor& labels);

/// 0 for each positive (label above 0), −1 for the rest.
Tensor positive_labels(const Tensor& labels);

/// How the class buffer's rows are laid out: `classes` rows for each of `buffers`.
struct BufferLayout {
  int64_t classes;              ///< with background
  int64_t buffers = 1;          ///< 1: one for all levels; 3: one for each of P2..P4, and P5 reads P2's
  int64_t left_out_level = -1;  ///< rows of this level are not compared; −1: all levels are
};

/// Maps each row's label to the class buffer row that it enters or is compared with (3.2); −1 for background. `level` R
/// int32, 0 for P2.
Tensor buffer_rows(const Tensor& labels, const Tensor& level, const BufferLayout& layout);

}  // namespace intertwiner
