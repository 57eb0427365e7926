#include "engine/ops/batch_norm.h"

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/batch_norm.h"

namespace intertwiner {
namespace {

constexpr int64_t kChannelGrain = 1 << 12;

/// The statistics of a batch; running ones follow, or stand in where it has too few rows.
ChannelStatistics live_statistics(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                                  const BatchNormOptions& o) {
  const ChannelStatistics batch = backend_of(x).channel_statistics(x, o.members);
  const Device on = x.device();
  const kernels::PresentRows rows = present_rows(x, o.members);
  with_float_type(running_mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T *mean = running_mean.data<T>(on), *variance = running_variance.data<T>(on);
    double *batch_mean = batch.mean.data<double>(on), *batch_variance = batch.variance.data<double>(on);
    const auto over_channels = [&](const auto& kernel) {
      for_each_index(on, running_mean.size(), kChannelGrain, kernel);
    };
    if (o.update) over_channels(kernels::MoveTowards<T>{batch_mean, batch_variance, rows, o.momentum, mean, variance});
    if (o.members.defined()) over_channels(kernels::StandIn<T>{mean, variance, rows, batch_mean, batch_variance});
  });
  return batch;
}

}  // namespace

Variable batch_norm(const Variable& x, const Variable& gamma, const Variable& beta, const Tensor& running_mean,
                    const Tensor& running_variance, const BatchNormOptions& o) {
  const int64_t channels = x.value().dim(-1);
  for (const Tensor& values : {gamma.value(), beta.value(), running_mean, running_variance})
    if (values.size() != channels)
      throw UserError("batch_norm: map " + to_string(x.shape()) + " and " + std::to_string(values.size()) +
                      " channels do not fit");
  if (o.residual.defined() && o.residual.shape() != x.shape())
    throw UserError("batch_norm: map " + to_string(x.shape()) + " and residual " + to_string(o.residual.shape()) +
                    " do not fit");
  const Backend& backend = backend_of(x.value());
  const bool live = o.live && x.value().size() > channels;
  const ChannelStatistics statistics =
      live ? live_statistics(x.value(), running_mean, running_variance, o)
           : ChannelStatistics{running_mean.to(DType::float64), running_variance.to(DType::float64)};
  const Device on = x.device();
  const Tensor inverse_deviation = Tensor::empty({channels}, DType::float64, on);
  const DType type = gamma.dtype();  // of a map of bfloat16, float32
  const Tensor scale = Tensor::empty({channels}, type, on), shift = Tensor::empty({channels}, type, on);
  with_float_type(type, [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, channels, kChannelGrain,
                   kernels::NormFactors<T>{statistics.mean.data<double>(on), statistics.variance.data<double>(on),
                                           gamma.value().data<T>(on), beta.value().data<T>(on), o.eps,
                                           inverse_deviation.data<double>(on), scale.data<T>(on), shift.data<T>(on)});
  });
  const auto normalised = [x, residual = o.residual, scale, shift, relu = o.relu, &backend] {
    return backend.channel_affine(x.value(), scale, shift, residual.defined() ? residual.value() : Tensor(), relu);
  };
  auto step = [=, x = x, residual = o.residual, relu = o.relu, members = o.members, mean = statistics.mean,
               &backend](Tensor dy) mutable {
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
                               .members = members};
    const auto gradients = backend.batch_norm_backward(std::move(pass));
    return Gradients{gradients.dx, gradients.dgamma, gradients.dbeta, gradients.dz};
  };
  return Variable::from(normalised(), {x, gamma, beta, o.residual}, std::move(step), normalised);
}

}  // namespace intertwiner
