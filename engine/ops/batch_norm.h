// Batch normalisation (Ioffe & Szegedy, 2015) of each channel over all rows of a map:
//
//   y = relu( (x − mean) / sqrt(variance + eps) · gamma + beta + residual )      ReLU and residual can be left out
//
// Live, mean and biased variance are the batch's, and the running ones move towards them: r ← (1−m)·r + m·b, b the
// unbiased variance. Frozen, they are the running ones. A batch with one value a channel or none has no variance: it is
// normalised by the running statistics, which stay as they are.
//
// Of a map of fixed size, whose number of members only the device knows, the statistics leave out what is not there,
// and no gradient goes to it.
//
// The backward pass keeps x and the residual, not y: a y that is released is made again from them.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct BatchNormOptions {
  bool live = true;    ///< normalise by the batch's statistics
  bool update = true;  ///< let a live batch move the running statistics
  double eps = 1e-5, momentum = 0.1;
  bool relu = false;
  Tensor members = {};     ///< how many of x's first axis there are: one value, float64; undefined: all
  Variable residual = {};  ///< of x's shape
};

/// x …×C; gamma, beta C. `running_mean`, `running_variance`: C values of x's type, written in place.
Variable batch_norm(const Variable& x, const Variable& gamma, const Variable& beta, const Tensor& running_mean,
                    const Tensor& running_variance, const BatchNormOptions& options = {});

}  // namespace intertwiner
