#include "engine/ops/batch_norm.h"

#include <cmath>

#include "engine/backend.h"

namespace intertwiner {
namespace {

template <class T>
void move_towards(const Tensor& running, const Tensor& batch, double factor, double momentum) {
  for (int64_t c = 0; c < running.size(); ++c) {
    T& value = running.data<T>()[c];
    value = static_cast<T>((1 - momentum) * value + momentum * factor * batch.data<double>()[c]);
  }
}

void update_running(const ChannelStatistics& batch, const Tensor& mean, const Tensor& variance, double momentum) {
  const double count = static_cast<double>(batch.count);
  with_float_type(mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    move_towards<T>(mean, batch.mean, 1, momentum);
    move_towards<T>(variance, batch.variance, count / (count - 1), momentum);
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
    if (o.update) update_running(statistics, running_mean, running_variance, o.momentum);
  } else {
    statistics = {running_mean.to(DType::float64), running_variance.to(DType::float64), 0};
  }
  const Tensor inverse_deviation = Tensor::empty({channels}, DType::float64);
  const Tensor scale = Tensor::empty({channels}, x.dtype()), shift = Tensor::empty({channels}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t c = 0; c < channels; ++c) {
      const double inverse = 1 / std::sqrt(statistics.variance.data<double>()[c] + o.eps);
      inverse_deviation.data<double>()[c] = inverse;
      const double factor = gamma.value().data<T>()[c] * inverse;
      scale.data<T>()[c] = static_cast<T>(factor);
      shift.data<T>()[c] = static_cast<T>(beta.value().data<T>()[c] - statistics.mean.data<double>()[c] * factor);
    }
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
