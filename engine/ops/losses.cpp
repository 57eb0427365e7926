#include "engine/ops/losses.h"

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/losses.h"
#include "engine/ops/require.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 256;

Tensor used_rows(const Tensor& labels, const Tensor& used) {
  return used.defined() ? used : backend_of(labels).sum(labels, Summand::at_least_zero);
}

void require_rows(const char* name, const Variable& x, const Tensor& labels) {
  if (x.value().rank() >= 1 && x.dim(0) == labels.size()) return;
  throw UserError(std::string(name) + ": predictions " + to_string(x.shape()) + " and " +
                  std::to_string(labels.size()) + " labels do not fit");
}

void require_shape(const char* name, const char* argument, const Tensor& tensor, const Shape& wanted) {
  if (tensor.shape() == wanted) return;
  throw UserError(std::string(name) + ": " + argument + " have shape " + to_string(tensor.shape()) + ", not " +
                  to_string(wanted));
}

/// Outputs of a loss's index function. The forward pass writes the rows' losses. The backward pass writes the gradient,
/// multiplied by `scale`. The other tensors are undefined.
struct LossPass {
  Tensor scale, loss, gradient;
};

// The sum of the rows' losses, divided by `divisor`. `make_kernel.operator()<T>(at, pass)` is the loss's index function
// over rows.
template <class MakeKernel>
Variable sum_over_rows(const Variable& x, int64_t rows, const Tensor& divisor, const MakeKernel& make_kernel) {
  const auto run = [=, on = x.device(), type = x.dtype()](const LossPass& pass) {
    for_each_float_index({.device = on, .count = rows, .grain = kRowGrain}, type,
                         [&]<class T>(const Pointers& at) { return make_kernel.template operator()<T>(at, pass); });
  };
  const Tensor loss = Tensor::empty({rows}, x.dtype(), x.device());
  run({.scale = {}, .loss = loss, .gradient = {}});
  const Tensor mean = quotient(backend_of(loss).sum(loss, Summand::value), divisor, x.dtype());
  return Variable::from(mean, {x}, [=, shape = x.shape()](const Tensor& dy) {
    const Tensor dx = Tensor::empty(shape, dy.dtype(), dy.device());
    run({.scale = quotient(dy, divisor, dy.dtype()), .loss = {}, .gradient = dx});
    return Gradients{dx};
  });
}

}  // namespace

Variable binary_cross_entropy(const Variable& logits, const Tensor& labels, const Tensor& used) {
  require_rows("binary_cross_entropy", logits, labels);
  return sum_over_rows(logits, labels.size(), used_rows(labels, used),
                       [=]<class T>(const Pointers& at, const LossPass& pass) {
                         return kernels::BinaryCrossEntropy<T>{.x = at(logits.value()),
                                                               .label = at(labels),
                                                               .scale = at.or_null(pass.scale),
                                                               .loss = at.or_null(pass.loss),
                                                               .gradient = at.or_null(pass.gradient)};
                       });
}

Variable softmax_cross_entropy(const Variable& logits, const Tensor& labels, const Tensor& used) {
  require_rows("softmax_cross_entropy", logits, labels);
  require_below("softmax_cross_entropy", labels, logits.dim(1));
  return sum_over_rows(logits, labels.size(), used_rows(labels, used),
                       [=]<class T>(const Pointers& at, const LossPass& pass) {
                         return kernels::SoftmaxCrossEntropy<T>{.x = at(logits.value()),
                                                                .label = at(labels),
                                                                .classes = logits.dim(1),
                                                                .scale = at.or_null(pass.scale),
                                                                .loss = at.or_null(pass.loss),
                                                                .gradient = at.or_null(pass.gradient)};
                       });
}

Variable smooth_l1(const Variable& deltas, const SmoothL1& loss) {
  require_rows("smooth_l1", deltas, loss.labels);
  require_below("smooth_l1", loss.labels, deltas.dim(1) / 4);
  require_shape("smooth_l1", "targets", loss.targets, {deltas.dim(0), 4});
  const Tensor labels = loss.labels, targets = loss.targets.to(deltas.dtype());
  const double beta = loss.beta;
  return sum_over_rows(deltas, labels.size(), loss.divisor, [=]<class T>(const Pointers& at, const LossPass& pass) {
    return kernels::SmoothL1<T>{.x = at(deltas.value()),
                                .label = at(labels),
                                .target = at(targets),
                                .groups = deltas.dim(1) / 4,
                                .beta = static_cast<T>(beta),
                                .scale = at.or_null(pass.scale),
                                .loss = at.or_null(pass.loss),
                                .gradient = at.or_null(pass.gradient)};
  });
}

}  // namespace intertwiner
