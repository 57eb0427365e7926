#include "engine/ops/conv2d.h"

#include "engine/backend/backend.h"
#include "engine/backend/constant_weights.h"
#include "engine/elementwise.h"

namespace intertwiner {
namespace {

void require_fit(const char* name, const Variable& x, const Variable& w, int64_t x_channels, int64_t w_channels) {
  if (x.value().rank() == 4 && w.value().rank() == 4 && x_channels == w_channels) return;
  throw UserError(std::string(name) + ": images " + to_string(x.shape()) + " and filters " + to_string(w.shape()) +
                  " do not fit");
}

// Throws unless `tensor` is undefined or has the shape `wanted`.
void require_shape(const char* name, const char* argument, const Tensor& tensor, const Shape& wanted) {
  if (!tensor.defined() || tensor.shape() == wanted) return;
  throw UserError(std::string(name) + ": " + argument + " has shape " + to_string(tensor.shape()) + ", not " +
                  to_string(wanted));
}

Tensor value_of(const Variable& x) { return x.defined() ? x.value() : Tensor(); }

Tensor bias_gradient(const Variable& bias, const Tensor& dz) {
  const GradientTarget sums = bias.gradient_target(compute_type(dz.dtype()));
  backend_of(dz).column_sums_into(sums, dz);
  return sums.gradient();
}

/// `x` and `dy` are those of a convolution with filters w.
Tensor weight_gradient(const Variable& w, const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry) {
  const GradientTarget dw = w.gradient_target(compute_type(x.dtype()));
  backend_of(x).conv2d_weight_gradient(x, dy, geometry, dw);
  return dw.is_own ? Tensor() : dw.memory.to(w.dtype());
}

Tensor channels_scaled(const Tensor& x, const Tensor& scale) {
  const Tensor zeros = Tensor::zeros(scale.shape(), scale.dtype(), scale.device());
  return backend_of(x).channel_affine(x, {.scale = scale, .shift = zeros, .residual = {}});
}

}  // namespace

Variable conv2d(const Variable& x, const Variable& w, const Conv2dOptions& o) {
  require_fit("conv2d", x, w, x.value().dim(-1), w.value().dim(-1));
  if (o.stride < 1 || o.padding < 0 || o.dilation < 1)
    throw UserError("conv2d: stride and dilation must be at least 1, padding at least 0");
  const Conv2dGeometry geometry{.stride = o.stride, .padding = o.padding, .dilation = o.dilation};
  const Shape shape{x.dim(0), conv2d_output_size(x.dim(1), w.dim(1), geometry),
                    conv2d_output_size(x.dim(2), w.dim(2), geometry), w.dim(0)};
  if (shape[1] < 1 || shape[2] < 1)
    throw UserError("conv2d: images " + to_string(x.shape()) + " are smaller than filters " + to_string(w.shape()));
  const Backend& backend = backend_of(x.value());
  require_shape("conv2d", "the scale", o.scale, {w.dim(0)});
  require_shape("conv2d", "the bias", value_of(o.bias), {w.dim(0)});
  require_shape("conv2d", "the residual", value_of(o.residual), shape);
  const Tensor filters = w.value_as(x.dtype());
  const auto product = [x, filters, scale = o.scale, bias = o.bias, residual = o.residual, relu = o.relu, geometry,
                        &backend] {
    return backend.conv2d(x.value(), filters, geometry,
                          {.scale = scale,
                           .shift = value_of(bias),
                           .residual = value_of(residual),
                           .relu = relu,
                           .kept = ConstantWeights::current()});
  };
  const Tensor y = product();
  auto step = [=, x = x, kept = o.relu ? y : Tensor(), scale = o.scale, bias = o.bias,
               wants_residual = o.residual.requires_grad(), &backend](Tensor dy) mutable {
    Tensor dz = kept.defined() ? relu_gradient(kept, std::move(dy)) : std::move(dy);
    kept = Tensor();
    Gradients gradients(4);
    if (bias.requires_grad()) gradients[2] = bias_gradient(bias, dz);
    if (wants_residual) gradients[3] = dz;
    if (scale.defined()) dz = channels_scaled(dz, scale);
    const Variable to_x = x.for_gradient();
    const auto make_dx = [&] {
      if (!to_x.requires_grad()) return;
      const GradientTarget dx = to_x.gradient_target(to_x.dtype());
      backend.conv2d_data_gradient(dz, filters, geometry, dx);
      gradients[0] = dx.gradient();
    };
    // The first gradient stays in memory while the second is computed; x stays until dw is computed. This order needs
    // less memory:
    const bool dx_first = element_count(to_x.shape()) < element_count(w.shape());
    if (dx_first) make_dx();
    if (w.requires_grad()) gradients[1] = weight_gradient(w, x.value(), dz, geometry);
    x = Variable();
    if (!dx_first) make_dx();
    return gradients;
  };
  return Variable::from(y, {x, w, o.bias, o.residual}, std::move(step),
                        o.recompute ? product : std::function<Tensor()>());
}

Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvTranspose2dOptions& o) {
  require_fit("conv_transpose2d", x, w, x.value().dim(-1), w.value().dim(0));
  if (o.stride < 1 || o.padding < 0 || o.output_padding < 0)
    throw UserError("conv_transpose2d: stride must be at least 1, padding and output padding at least 0");
  const Conv2dGeometry geometry{.stride = o.stride, .padding = o.padding};
  const auto side = [&](int64_t size, int64_t filter) {
    return (size - 1) * o.stride - 2 * o.padding + filter + o.output_padding;
  };
  const Shape shape{x.dim(0), side(x.dim(1), w.dim(1)), side(x.dim(2), w.dim(2)), w.dim(3)};
  if (shape[1] < 1 || shape[2] < 1)
    throw UserError("conv_transpose2d: images " + to_string(x.shape()) + " are too small, the output would be empty");
  if (o.output_padding >= o.stride)
    throw UserError("conv_transpose2d: output padding " + std::to_string(o.output_padding) +
                    " is not less than stride " + std::to_string(o.stride));
  require_shape("conv_transpose2d", "the bias", value_of(o.bias), {w.dim(3)});
  const Backend& backend = backend_of(x.value());
  const Tensor filters = w.value_as(x.dtype());
  Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  backend.conv2d_data_gradient(x.value(), filters, geometry, y);
  if (o.bias.defined()) {
    const Tensor ones = Tensor::full(o.bias.shape(), 1, o.bias.dtype(), y.device());
    y = backend.channel_affine(y, {.scale = ones, .shift = o.bias.value(), .residual = {}});
  }
  return Variable::from(y, {x, w, o.bias}, [=, bias = o.bias, &backend](const Tensor& dy) {
    const Tensor shaped = dy.reshape(shape);
    Gradients gradients(3);
    if (x.requires_grad()) gradients[0] = backend.conv2d(shaped, filters, geometry, {});
    if (w.requires_grad()) gradients[1] = weight_gradient(w, shaped, x.value(), geometry);
    if (bias.requires_grad()) gradients[2] = bias_gradient(bias, shaped);
    return gradients;
  });
}

}  // namespace intertwiner
