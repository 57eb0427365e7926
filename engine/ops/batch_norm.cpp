#include "engine/ops/batch_norm.h"

#include "engine/backend.h"
#include "engine/kernels/batch_norm.h"
#include "engine/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kChannelGrain = 1 << 12;

void move_towards(const Tensor& running, const Tensor& batch, double factor, double momentum) {
  const Device on = running.device();
  with_float_type(running.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, running.size(), kChannelGrain,
                   kernels::MoveTowards<T>{batch.data<double>(on), factor, momentum, running.data<T>(on)});
  });
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
  ChannelStatistics statistics;
  if (live) {
    statistics = backend.channel_statistics(x.value());
    const double count = static_cast<double>(statistics.count);
    if (o.update) move_towards(running_mean, statistics.mean, 1, o.momentum);
    if (o.update) move_towards(running_variance, statistics.variance, count / (count - 1), o.momentum);
  } else {
    statistics = {running_mean.to(DType::float64), running_variance.to(DType::float64), 0};
  }
  const Device on = x.device();
  const Tensor inverse_deviation = Tensor::empty({channels}, DType::float64, on);
  const Tensor scale = Tensor::empty({channels}, x.dtype(), on), shift = Tensor::empty({channels}, x.dtype(), on);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, channels, kChannelGrain,
                   kernels::NormFactors<T>{statistics.mean.data<double>(on), statistics.variance.data<double>(on),
                                           gamma.value().data<T>(on), beta.value().data<T>(on), o.eps,
                                           inverse_deviation.data<double>(on), scale.data<T>(on), shift.data<T>(on)});
  });
  const auto normalised = [x, residual = o.residual, scale, shift, relu = o.relu, &backend] {
    return backend.channel_affine(x.value(), scale, shift, residual.defined() ? residual.value() : Tensor(), relu);
  };
  auto step = [=, x = x, residual = o.residual, relu = o.relu, mean = statistics.mean, &backend](Tensor dy) mutable {
    Backend::NormBackward pass{.x = std::move(x).take(),
                               .dy = std::move(dy),
                               .mean = mean,
                               .inverse_deviation = inverse_deviation,
                               .gamma = gamma.value(),
                               .scale = scale,
                               .shift = shift,
                               .residual = residual.defined() ? residual.value() : Tensor(),
                               .relu = relu,
                               .through_statistics = live};
    const auto gradients = backend.batch_norm_backward(std::move(pass));
    return Gradients{gradients.dx, gradients.dgamma, gradients.dbeta, gradients.dz};
  };
  return Variable::from(normalised(), {x, gamma, beta, o.residual}, std::move(step), normalised);
}

}  // namespace intertwiner
