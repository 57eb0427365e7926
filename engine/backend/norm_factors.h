// Batch norm's factors, for backends: memory for them, and the index function that computes them.
#pragma once
#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/backend/present_rows.h"
#include "engine/kernels/batch_norm.h"

namespace intertwiner {

inline Backend::NormFactors empty_factors(const Backend::NormForward& pass) {
  const auto channels = [&](DType type) { return Tensor::empty({pass.gamma.size()}, type, pass.x.device()); };
  return {channels(DType::float64), channels(DType::float64), channels(pass.gamma.dtype()),
          channels(pass.gamma.dtype())};
}

/// `moments` are those of `chunks` chunks of `chunk_rows` rows (kernels::Moments); undefined with running statistics.
template <class T>
kernels::NormFactors<T> norm_factors_kernel(const Backend::NormForward& pass, const Tensor& moments, int64_t chunk_rows,
                                            const Backend::NormFactors& factors) {
  const Pointers at(pass.x.device());
  return {.batch = {.s = {.rows = present_rows(pass.x, pass.valid_count),
                          .columns = pass.gamma.size(),
                          .chunk = chunk_rows},
                    .values = at.or_null(moments)},
          .chunks = moments.defined() ? moments.dim(0) : 0,
          .gamma = at(pass.gamma),
          .beta = at(pass.beta),
          .eps = pass.eps,
          .momentum = pass.momentum,
          .update = pass.update,
          .running_mean = at(pass.running_mean),
          .running_variance = at(pass.running_variance),
          .mean = at(factors.mean),
          .inverse_deviation = at(factors.inverse_deviation),
          .scale = at(factors.scale),
          .shift = at(factors.shift)};
}

}  // namespace intertwiner
