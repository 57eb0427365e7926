#include "engine/ops/batch_norm.h"

#include "engine/backend/loop.h"
#include "engine/backend/present_rows.h"
#include "engine/kernels/batch_norm.h"

namespace intertwiner {
namespace {

constexpr int64_t kChannelGrain = 1 << 12;

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
  if (o.residual.defined() && o.valid_count.defined() && !o.relu)
    throw UserError("batch_norm: a residual with a valid count needs relu");
  const Backend& backend = backend_of(x.value());
  const bool live = o.live && x.value().size() > channels;
  const Backend::NormFactors factors = backend.batch_norm_factors({.x = x.value(),
                                                                   .gamma = p.gamma.value(),
                                                                   .beta = p.beta.value(),
                                                                   .running_mean = p.running_mean,
                                                                   .running_variance = p.running_variance,
                                                                   .eps = o.eps,
                                                                   .momentum = o.momentum,
                                                                   .live = live,
                                                                   .update = o.update,
                                                                   .valid_count = o.valid_count});
  const auto normalised = [x, residual = o.residual, scale = factors.scale, shift = factors.shift, relu = o.relu,
                           &backend] {
    return backend.channel_affine(
        x.value(),
        {.scale = scale, .shift = shift, .residual = residual.defined() ? residual.value() : Tensor(), .relu = relu});
  };
  auto step = [=, x = x, gamma = p.gamma, beta = p.beta, residual = o.residual, relu = o.relu,
               valid_count = o.valid_count, &backend](Tensor dy) mutable {
    const GradientTarget dgamma = gamma.gradient_target(gamma.dtype()), dbeta = beta.gradient_target(beta.dtype());
    Backend::NormBackward pass{.x = std::move(x).take(),
                               .dy = std::move(dy),
                               .mean = factors.mean,
                               .inverse_deviation = factors.inverse_deviation,
                               .gamma = gamma.value(),
                               .scale = factors.scale,
                               .shift = factors.shift,
                               .residual = residual.defined() ? residual.value() : Tensor(),
                               .relu = relu,
                               .through_statistics = live,
                               .dgamma = dgamma,
                               .dbeta = dbeta,
                               .valid_count = valid_count};
    const auto gradients = backend.batch_norm_backward(std::move(pass));
    return Gradients{gradients.dx, dgamma.gradient(), dbeta.gradient(), gradients.dz};
  };
  return Variable::from(normalised(), {x, p.gamma, p.beta, o.residual}, std::move(step), normalised);
}

Tensor folded_batch_norm(const BatchNormConstants& c) {
  const Tensor like = c.mean, folded = Tensor::empty({2, like.size()}, like.dtype(), like.device()),
               factors = folded.slice(0, 1), addends = folded.slice(1, 2);
  const Loop loop{.device = like.device(), .count = like.size(), .grain = kChannelGrain};
  for_each_float_index(loop, like.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::FoldedNorm<T>{.mean = at(c.mean),
                                  .variance = at(c.variance),
                                  .gamma = at(c.gamma),
                                  .beta = at(c.beta),
                                  .bias = at.or_null(c.bias),
                                  .eps = c.eps,
                                  .scale = at(factors),
                                  .shift = at(addends)};
  });
  return folded;
}

}  // namespace intertwiner
