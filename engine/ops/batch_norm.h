// Batch normalisation (Ioffe & Szegedy, 2015) of each channel over all rows of a map:
//
//   y = relu( (x − mean) / sqrt(variance + eps) · gamma + beta + residual )      ReLU and residual are optional
//
// Live batch norm uses the batch's mean and biased variance. It also updates the running statistics: r ← (1−m)·r + m·b,
// where b is the batch's mean or its unbiased variance. Frozen batch norm uses the running statistics. A batch with at
// most one value a channel has no variance: it uses the running statistics and does not change them.
//
// A padded map has a valid count that is known only on the device. Entries beyond it are not in the statistics and get
// no gradient.
//
// The backward pass keeps x and the residual. A released y is computed again from them.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct BatchNormOptions {
  bool live = true;    ///< normalise by the batch's statistics
  bool update = true;  ///< a live batch updates the running statistics
  double eps = 1e-5, momentum = 0.1;
  bool relu = false;
  Tensor valid_count = {};  ///< valid entries of x's first axis: one value, float64; undefined: all
  Variable residual = {};   ///< of x's shape
};

/// x is …×C, gamma and beta C. `running_mean` and `running_variance` (C, of gamma's type) are updated in place. Throws
/// UserError if shapes do not fit.
Variable batch_norm(const Variable& x, const Variable& gamma, const Variable& beta, const Tensor& running_mean,
                    const Tensor& running_variance, const BatchNormOptions& options = {});

/// Batch norm with fixed statistics, as one factor and one addend for each channel: scale·x + shift.
struct FoldedBatchNorm {
  Tensor scale, shift;  ///< C
};
/// Statistics, gamma and beta are C values of one type. With `bias` (C, may be undefined) the result normalises x +
/// bias.
struct BatchNormConstants {
  Tensor mean, variance, gamma, beta;
  double eps = 1e-5;
  Tensor bias = {};
};
FoldedBatchNorm folded_batch_norm(const BatchNormConstants& constants);

}  // namespace intertwiner
