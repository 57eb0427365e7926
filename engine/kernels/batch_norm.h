// Index functions of batch normalisation's factors: the index is a channel.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner::kernels {

/// y = scale·x + shift normalises x by mean and variance and then applies gamma and beta.
template <class T>
struct NormFactors {
  const double *mean, *variance;
  const T *gamma, *beta;
  double eps;
  double* inverse_deviation;
  T *scale, *shift;

  INTERTWINER_HD void operator()(int64_t c) const {
    const double inverse = 1 / std::sqrt(variance[c] + eps), factor = gamma[c] * inverse;
    inverse_deviation[c] = inverse;
    scale[c] = static_cast<T>(factor);
    shift[c] = static_cast<T>(beta[c] - mean[c] * factor);
  }
};

/// The same by running statistics, of the map's own type.
template <class T>
struct FoldedNorm {
  const T *mean, *variance, *gamma, *beta;
  double eps;
  T *scale, *shift;

  INTERTWINER_HD void operator()(int64_t c) const {
    const double factor = gamma[c] / std::sqrt(variance[c] + eps);
    scale[c] = static_cast<T>(factor);
    shift[c] = static_cast<T>(beta[c] - mean[c] * factor);
  }
};

/// running ← (1 − momentum)·running + momentum·factor·batch.
template <class T>
struct MoveTowards {
  const double* batch;
  double factor, momentum;
  T* running;

  INTERTWINER_HD void operator()(int64_t c) const {
    running[c] = static_cast<T>((1 - momentum) * running[c] + momentum * factor * batch[c]);
  }
};

}  // namespace intertwiner::kernels
