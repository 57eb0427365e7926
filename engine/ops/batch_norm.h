// Batch normalisation (Ioffe & Szegedy, 2015) of each channel over all rows of a map:
//
//   y = relu( (x − mean) / sqrt(variance + eps) · gamma + beta + residual )      ReLU and residual are optional
//
// Live batch norm uses the batch's mean and biased variance. It also updates the running statistics:
// r ← (1−m)·r + m·b, where m is the momentum and b the batch's mean or its unbiased variance. Frozen batch norm uses
// the running statistics. A batch with at most one value per channel has no variance: it uses the running statistics
// and does not change them.
//
// The valid count of a padded map is known only on the device. Entries beyond it are not in the statistics and get no
// gradient.
//
// The backward pass keeps x and the residual. A released y is computed again from them.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// Values of each channel, C each. The running statistics have gamma's type.
struct BatchNormParameters {
  Variable gamma, beta;
  Tensor running_mean, running_variance;
};

struct BatchNormOptions {
  bool live = true;    ///< normalise by the batch's statistics
  bool update = true;  ///< a live batch updates the running statistics
  double eps = 1e-5, momentum = 0.1;
  bool relu = false;
  Tensor valid_count = {};  ///< valid entries of x's first axis: one value, float64; undefined: all
  Variable residual = {};   ///< of x's shape; together with `valid_count` only with `relu`
};

/// x is …×C. The running statistics are updated in place. Throws UserError if shapes do not fit.
Variable batch_norm(const Variable& x, const BatchNormParameters& parameters, const BatchNormOptions& options = {});

/// All tensors have C values of one type. With `bias` (may be undefined) the result normalises x + bias.
struct BatchNormConstants {
  Tensor mean, variance, gamma, beta;
  double eps = 1e-5;
  Tensor bias = {};
};
/// Batch norm with fixed statistics is factor·x + addend. The result is 2×C: each channel's factors, then its addends.
Tensor folded_batch_norm(const BatchNormConstants& constants);

}  // namespace intertwiner
