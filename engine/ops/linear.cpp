#include "engine/ops/linear.h"

#include "engine/backend/backend.h"
#include "engine/backend/constant_weights.h"

namespace intertwiner {

// A convolution of 1×1 images with 1×1 filters: it has the same products, and adds the bias for free.
Variable linear(const Variable& x, const Variable& w, const Variable& bias) {
  if (x.value().rank() != 2 || w.value().rank() != 2 || x.dim(1) != w.dim(1))
    throw UserError("linear: rows " + to_string(x.shape()) + " and weights " + to_string(w.shape()) + " do not fit");
  if (bias.defined() && bias.shape() != Shape{w.dim(0)})
    throw UserError("linear: bias " + to_string(bias.shape()) + " and weights " + to_string(w.shape()) + " do not fit");
  const Backend& backend = backend_of(x.value());
  const auto as_image = [](const Tensor& rows) { return rows.reshape({rows.dim(0), 1, 1, rows.dim(1)}); };
  const Tensor weights = w.value_as(x.dtype());
  Tensor y = backend.conv2d(as_image(x.value()), as_image(weights), {},
                            {.scale = {},
                             .shift = bias.defined() ? bias.value() : Tensor(),
                             .residual = {},
                             .relu = false,
                             .kept = ConstantWeights::current()});
  const auto step = [=, &backend](const Tensor& dy) {
    const DType type = compute_type(dy.dtype());
    Gradients gradients(3);
    if (x.requires_grad()) {
      const GradientTarget dx = x.gradient_target(dy.dtype());
      backend.matmul_into(dx, dy, weights, false, false);
      gradients[0] = dx.gradient();
    }
    if (w.requires_grad()) {
      const GradientTarget dw = w.gradient_target(type);
      backend.matmul_into(dw, dy, x.value(), true, false);
      gradients[1] = dw.is_own ? Tensor() : dw.memory.to(w.dtype());
    }
    if (bias.requires_grad()) {
      const GradientTarget sums = bias.gradient_target(type);
      backend.column_sums_into(sums, dy);
      gradients[2] = sums.gradient();
    }
    return gradients;
  };
  return Variable::from(y.reshape({x.dim(0), w.dim(0)}), {x, w, bias}, step);
}

}  // namespace intertwiner
