// Index functions of batch normalisation's factors: the index is a channel.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"
#include "engine/kernels/sums.h"

namespace intertwiner::kernels {

/// y = scale·x + shift normalises x by mean and variance and then applies gamma and beta.
template <class T>
struct NormFactors {
  [[no_unique_address]] NamedFields named{};
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

/// Factor and addend of fixed statistics, of the type of gamma. They normalise x + bias (null: x).
template <class T>
struct FoldedNorm {
  [[no_unique_address]] NamedFields named{};
  const T *mean, *variance, *gamma, *beta, *bias;
  double eps;
  T *scale, *shift;

  INTERTWINER_HD void operator()(int64_t c) const {
    const double factor = gamma[c] / std::sqrt(variance[c] + eps);
    scale[c] = static_cast<T>(factor);
    shift[c] = static_cast<T>(beta[c] - mean[c] * factor);
    if (bias) shift[c] = bias[c] * scale[c] + shift[c];
  }
};

/// running ← (1 − momentum)·running + momentum·batch, with the batch's unbiased variance. With at most one row nothing
/// moves.
template <class T>
struct MoveRunning {
  [[no_unique_address]] NamedFields named{};
  const double *batch_mean, *batch_variance;
  PresentRows rows;
  double momentum;
  T *mean, *variance;

  INTERTWINER_HD void operator()(int64_t c) const {
    const double count = static_cast<double>(rows());
    if (count <= 1) return;
    const double unbiased = count / (count - 1);
    mean[c] = static_cast<T>((1 - momentum) * mean[c] + momentum * batch_mean[c]);
    variance[c] = static_cast<T>((1 - momentum) * variance[c] + momentum * unbiased * batch_variance[c]);
  }
};

/// Writes the running statistics over the batch's where there is at most one row.
template <class T>
struct ReplaceByRunning {
  [[no_unique_address]] NamedFields named{};
  const T *running_mean, *running_variance;
  PresentRows rows;
  double *mean, *variance;

  INTERTWINER_HD void operator()(int64_t c) const {
    if (rows() > 1) return;
    mean[c] = running_mean[c];
    variance[c] = running_variance[c];
  }
};

}  // namespace intertwiner::kernels
