#include "engine/ops/batch_norm.h"

#include "engine/backend/loop.h"
#include "engine/backend/present_rows.h"
#include "engine/kernels/batch_norm.h"

namespace intertwiner {
namespace {

constexpr int64_t kChannelGrain = 1 << 12;

/// The batch's statistics; updates the running ones. With too few rows, returns the running ones.
ChannelStatistics live_statistics(const Tensor& x, const BatchNormParameters& p, const BatchNormOptions& o) {
  const ChannelStatistics batch = backend_of(x).channel_statistics(x, o.valid_count);
  const kernels::PresentRows rows = present_rows(x, o.valid_count);
  const Loop channels{.device = x.device(), .count = p.running_mean.size(), .grain = kChannelGrain};
  if (o.update)
    for_each_float_index(channels, p.running_mean.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::MoveRunning<T>{.batch_mean = at(batch.mean),
                                     .batch_variance = at(batch.variance),
                                     .rows = rows,
                                     .momentum = o.momentum,
                                     .mean = at(p.running_mean),
                                     .variance = at(p.running_variance)};
    });
  if (o.valid_count.defined())
    for_each_float_index(channels, p.running_mean.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::ReplaceByRunning<T>{.running_mean = at(p.running_mean),
                                          .running_variance = at(p.running_variance),
                                          .rows = rows,
                                          .mean = at(batch.mean),
                                          .variance = at(batch.variance)};
    });
  return batch;
}

}  // namespace

Variable batch_norm(const Variable& x, const BatchNormParameters& p, const BatchNormOptions& o) {
  const int64_t channels = x.value().dim(-1);
  for (const Tensor& values : {p.gamma.value(), p.beta.value(), p.running_mean, p.running_variance})
    if (values.size() != channels)
      throw UserError("batch_norm: map " + to_string(x.shape()) + " and " + std::to_string(values.size()) +
                      " channels do not fit");
  if (o.residual.defined() && o.residual.shape() != x.shape())
    throw UserError("batch_norm: map " + to_string(x.shape()) + " and residual " + to_string(o.residual.shape()) +
                    " do not fit");
  const Backend& backend = backend_of(x.value());
  const bool live = o.live && x.value().size() > channels;
  const ChannelStatistics statistics =
      live ? live_statistics(x.value(), p, o)
           : ChannelStatistics{p.running_mean.to(DType::float64), p.running_variance.to(DType::float64)};
  const Device on = x.device();
  const Tensor inverse_deviation = Tensor::empty({channels}, DType::float64, on);
  const DType type = p.gamma.dtype();  // float32 for a bfloat16 map
  const Tensor scale = Tensor::empty({channels}, type, on), shift = Tensor::empty({channels}, type, on);
  const Loop loop{.device = on, .count = channels, .grain = kChannelGrain};
  for_each_float_index(loop, type, [&]<class T>(const Pointers& at) {
    return kernels::NormFactors<T>{.mean = at(statistics.mean),
                                   .variance = at(statistics.variance),
                                   .gamma = at(p.gamma.value()),
                                   .beta = at(p.beta.value()),
                                   .eps = o.eps,
                                   .inverse_deviation = at(inverse_deviation),
                                   .scale = at(scale),
                                   .shift = at(shift)};
  });
  const auto normalised = [x, residual = o.residual, scale, shift, relu = o.relu, &backend] {
    return backend.channel_affine(
        x.value(),
        {.scale = scale, .shift = shift, .residual = residual.defined() ? residual.value() : Tensor(), .relu = relu});
  };
  auto step = [=, x = x, gamma = p.gamma, residual = o.residual, relu = o.relu, valid_count = o.valid_count,
               mean = statistics.mean, &backend](Tensor dy) mutable {
    Backend::NormBackward pass{.x = std::move(x).take(),
                               .dy = std::move(dy),
                               .mean = mean,
                               .inverse_deviation = inverse_deviation,
                               .gamma = gamma.value(),
                               .scale = scale,
                               .shift = shift,
                               .residual = residual.defined() ? residual.value() : Tensor(),
                               .relu = relu,
                               .through_statistics = live,
                               .valid_count = valid_count};
    const auto gradients = backend.batch_norm_backward(std::move(pass));
    return Gradients{gradients.dx, gradients.dgamma, gradients.dbeta, gradients.dz};
  };
  return Variable::from(normalised(), {x, p.gamma, p.beta, o.residual}, std::move(step), normalised);
}

FoldedBatchNorm folded_batch_norm(const BatchNormConstants& c) {
  const Tensor like = c.mean;
  const FoldedBatchNorm folded{Tensor::empty(like.shape(), like.dtype(), like.device()),
                               Tensor::empty(like.shape(), like.dtype(), like.device())};
  const Loop loop{.device = like.device(), .count = like.size(), .grain = kChannelGrain};
  for_each_float_index(loop, like.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::FoldedNorm<T>{.mean = at(c.mean),
                                  .variance = at(c.variance),
                                  .gamma = at(c.gamma),
                                  .beta = at(c.beta),
                                  .bias = at.or_null(c.bias),
                                  .eps = c.eps,
                                  .scale = at(folded.scale),
                                  .shift = at(folded.shift)};
  });
  return folded;
}

}  // namespace intertwiner
