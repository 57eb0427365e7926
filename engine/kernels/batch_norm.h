// Index functions of batch normalisation's factors: the index is a channel.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"
#include "engine/kernels/sums.h"

namespace intertwiner::kernels {

/// Batch norm of one channel: y = scale·x + shift normalises x and then applies gamma and beta. The statistics are
/// those of the batch, which then also move the running ones:
///
///   running ← (1 − momentum)·running + momentum·batch      with the batch's unbiased variance
///
/// With at most one row, or if `batch` has no chunks, they are the running statistics, which do not change.
template <class T>
struct NormFactors {
  [[no_unique_address]] NamedFields named{};
  Moments batch;
  int64_t chunks;
  const T *gamma, *beta;
  double eps, momentum;
  bool update;  ///< the running statistics
  T *running_mean, *running_variance;
  double *mean, *inverse_deviation;
  T *scale, *shift;

  INTERTWINER_HD void operator()(int64_t c) const {
    const double count = static_cast<double>(batch.s.rows());
    double average = running_mean[c], variance = running_variance[c];
    if (chunks > 0 && count > 1) {
      const Moments::Joined joined = batch.joined(0, chunks, c);
      average = joined.mean;
      variance = joined.square / count;
      if (update) {
        const double unbiased = count / (count - 1);
        running_mean[c] = static_cast<T>((1 - momentum) * running_mean[c] + momentum * average);
        running_variance[c] = static_cast<T>((1 - momentum) * running_variance[c] + momentum * unbiased * variance);
      }
    }
    const double inverse = 1 / std::sqrt(variance + eps), factor = gamma[c] * inverse;
    mean[c] = average;
    inverse_deviation[c] = inverse;
    scale[c] = static_cast<T>(factor);
    shift[c] = static_cast<T>(beta[c] - average * factor);
  }
};

/// Factor and addend of fixed statistics, in gamma's type. They normalise x + bias (bias null: x).
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

}  // namespace intertwiner::kernels
