// Batch normalisation (Ioffe & Szegedy, 2015) of each channel over all rows of a map:
//
//   y = relu( (x − mean) / sqrt(variance + eps) · gamma + beta + residual )      ReLU and residual can be left out
//
// Live, mean and biased variance are the batch's, and the running statistics move towards them: r ← (1−m)·r + m·b, b
// the batch's mean or its unbiased variance. Frozen, the running statistics are used. A batch with at most one value a
// channel has no variance: it is normalised by the running statistics, which do not move.
//
// A padded map has a valid count that only the device knows. The statistics leave out the entries beyond it, which get
// no gradient.
//
// The backward pass keeps x and the residual, not y: a released y is computed again from them.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct BatchNormOptions {
  bool live = true;    ///< normalise by the batch's statistics
  bool update = true;  ///< let a live batch move the running statistics
  double eps = 1e-5, momentum = 0.1;
  bool relu = false;
  Tensor valid_count = {};  ///< entries of x's first axis that are there: one value, float64; undefined: all
  Variable residual = {};   ///< of x's shape
};

/// x …×C; gamma and beta C. `running_mean` and `running_variance`, C values of gamma's type, are written in place.
/// Throws UserError where shapes do not fit.
Variable batch_norm(const Variable& x, const Variable& gamma, const Variable& beta, const Tensor& running_mean,
                    const Tensor& running_variance, const BatchNormOptions& options = {});

/// Batch norm by fixed statistics as one factor and one addend for each channel: scale·x + shift.
struct FoldedBatchNorm {
  Tensor scale, shift;  ///< C
};
/// Statistics, gamma and beta C values of one type. With `bias` (C; may be undefined) the result normalises x + bias.
struct BatchNormConstants {
  Tensor mean, variance, gamma, beta;
  double eps = 1e-5;
  Tensor bias = {};
};
FoldedBatchNorm folded_batch_norm(const BatchNormConstants& constants);

}  // namespace intertwiner
