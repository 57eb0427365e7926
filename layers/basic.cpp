#include "layers/basic.h"

#include <cmath>

#include "engine/backend/constant_weights.h"
#include "engine/ops/linear.h"

namespace intertwiner {
namespace {

Shape filter_shape(const ConvShape& s) { return {s.out, s.size, s.size, s.in}; }

}  // namespace

Initialisation uniform_by_fan_in(int64_t fan_in) { return uniform(1 / std::sqrt(static_cast<double>(fan_in))); }

Conv2d::Conv2d(const Scope& scope, const ConvShape& shape, Initialisation weight, Initialisation bias)
    : shape_(shape),
      weight_(scope.parameter("weight", filter_shape(shape), weight, true)),
      bias_(scope.parameter("bias", {shape.out}, bias, false)) {}

Variable Conv2d::operator()(const Variable& x, bool relu) const {
  return conv2d(x, weight_,
                {.stride = shape_.stride,
                 .padding = shape_.padding,
                 .dilation = shape_.dilation,
                 .scale = {},
                 .bias = bias_,
                 .residual = {},
                 .relu = relu});
}

BatchNorm::BatchNorm(const Scope& scope, int64_t channels, const NormKind& kind)
    : kind_(kind),
      weight_(kind.frozen ? scope.constant_parameter("weight", {channels}, 1)
                          : scope.parameter("weight", {channels}, constant(1), false)),
      bias_(kind.frozen ? scope.constant_parameter("bias", {channels}, 0)
                        : scope.parameter("bias", {channels}, constant(0), false)),
      mean_(scope.buffer("running_mean", {channels}, 0)),
      variance_(scope.buffer("running_var", {channels}, 1)) {}

Variable BatchNorm::operator()(const Variable& x, const NormPass& p, bool relu, const Variable& residual) const {
  return batch_norm(x, {.gamma = weight_, .beta = bias_, .running_mean = mean_, .running_variance = variance_},
                    {.live = live(p.pass),
                     .update = p.update,
                     .eps = kind_.eps,
                     .relu = relu,
                     .valid_count = p.valid_count,
                     .residual = residual});
}

Tensor BatchNorm::folded(const Variable& bias) const {
  return prepared(ConstantWeights::current(), {mean_}, {}, [&] {
    return folded_batch_norm({.mean = mean_,
                              .variance = variance_,
                              .gamma = weight_.value(),
                              .beta = bias_.value(),
                              .eps = kind_.eps,
                              .bias = bias.defined() ? bias.value() : Tensor()});
  });
}

ConvNorm::ConvNorm(const Scope& scope, const Names& names, const ConvShape& shape, Initialisation weight,
                   const NormKind& kind)
    : shape_(shape),
      weight_((scope / names.conv).parameter("weight", filter_shape(shape), weight, true)),
      norm_(scope / names.norm, shape.out, kind) {}

ConvNorm::ConvNorm(const Scope& scope, const Names& names, const ConvShape& shape, Initialisation weight,
                   Initialisation conv_bias, const NormKind& kind)
    : shape_(shape),
      weight_((scope / names.conv).parameter("weight", filter_shape(shape), weight, true)),
      bias_((scope / names.conv).parameter("bias", {shape.out}, conv_bias, false)),
      norm_(scope / names.norm, shape.out, kind) {}

Variable ConvNorm::operator()(const Variable& x, const NormPass& pass, bool relu, const Variable& residual) const {
  Conv2dOptions options{.stride = shape_.stride,
                        .padding = shape_.padding,
                        .dilation = shape_.dilation,
                        .scale = {},
                        .bias = bias_,
                        .residual = {},
                        .relu = false,
                        .recompute = shape_.recompute};
  // Folded into the norm, a bias would get no gradient.
  const bool learns_bias = pass.pass == Pass::training && bias_.requires_grad();
  if (norm_.live(pass.pass) || learns_bias) {
    const Variable product = conv2d(x, weight_, options);
    const Variable y = norm_(product, pass, relu, residual);
    product.release();
    return y;
  }
  const Tensor folded = norm_.folded(bias_);
  options.scale = folded.slice(0, 1).reshape({shape_.out});
  options.bias = Variable(folded.slice(1, 2).reshape({shape_.out}));
  options.residual = residual;
  options.relu = relu;
  options.recompute = shape_.recompute && !relu;
  return conv2d(x, weight_, options);
}

ConvNorm conv_norm_with_bias(const Scope& scope, const std::string& index, const ConvShape& shape) {
  const Initialisation first = uniform_by_fan_in(shape.size * shape.size * shape.in);
  return {scope, {"conv" + index, "norm" + index}, shape, first, first};
}

Linear::Linear(const Scope& scope, int64_t in, int64_t out)
    : weight_(scope.parameter("weight", {out, in}, uniform_by_fan_in(in), true)),
      bias_(scope.parameter("bias", {out}, uniform_by_fan_in(in), false)) {}

Variable Linear::operator()(const Variable& x) const { return linear(x, weight_, bias_); }

}  // namespace intertwiner
