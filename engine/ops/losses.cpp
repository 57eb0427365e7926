#include "engine/ops/losses.h"

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/losses.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/require.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 256;

Tensor used_rows(const Tensor& labels) { return backend_of(labels).sum(labels, Summand::at_least_zero); }

void require_rows(const char* name, const Variable& x, const Tensor& labels) {
  if (x.value().rank() >= 1 && x.dim(0) == labels.size()) return;
  throw UserError(std::string(name) + ": predictions " + to_string(x.shape()) + " and " +
                  std::to_string(labels.size()) + " labels do not fit");
}

void require_shape(const char* name, const char* part, const Tensor& tensor, const Shape& wanted) {
  if (tensor.shape() == wanted) return;
  throw UserError(std::string(name) + ": " + part + " have shape " + to_string(tensor.shape()) + ", not " +
                  to_string(wanted));
}

// `make_kernel(zero, scale, loss, gradient)` is a loss's index function over rows. Forward it fills the rows' losses,
// whose sum is divided by `divisor`; backward the gradient, times `scale`.
template <class MakeKernel>
Variable sum_over_rows(const Variable& x, int64_t rows, const Tensor& divisor, MakeKernel make_kernel) {
  const Device on = x.device();
  const Tensor loss = Tensor::empty({rows}, x.dtype(), on);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, rows, kRowGrain,
                   make_kernel(zero, static_cast<const T*>(nullptr), loss.data<T>(on), static_cast<T*>(nullptr)));
  });
  const Tensor mean = quotient(backend_of(loss).sum(loss, Summand::value), divisor, x.dtype());
  return Variable::from(mean, {x}, [=](const Tensor& dy) {
    const Tensor scale = quotient(dy, divisor, dy.dtype());
    const Device on = x.device();
    const Tensor dx = Tensor::empty(x.shape(), x.dtype(), on);
    with_float_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(on, rows, kRowGrain,
                     make_kernel(zero, scale.data<T>(on), static_cast<T*>(nullptr), dx.data<T>(on)));
    });
    return Gradients{dx};
  });
}

}  // namespace

Variable binary_cross_entropy(const Variable& logits, const Tensor& labels) {
  require_rows("binary_cross_entropy", logits, labels);
  return sum_over_rows(logits, labels.size(), used_rows(labels),
                       [=, on = logits.device()](auto zero, auto scale, auto* loss, auto* gradient) {
                         using T = decltype(zero);
                         return kernels::BinaryCrossEntropy<T>{logits.value().data<T>(on), labels.data<int32_t>(on),
                                                               scale, loss, gradient};
                       });
}

Variable softmax_cross_entropy(const Variable& logits, const Tensor& labels) {
  require_rows("softmax_cross_entropy", logits, labels);
  require_below("softmax_cross_entropy", labels, logits.dim(1));
  return sum_over_rows(
      logits, labels.size(), used_rows(labels),
      [=, on = logits.device()](auto zero, auto scale, auto* loss, auto* gradient) {
        using T = decltype(zero);
        return kernels::SoftmaxCrossEntropy<T>{
            logits.value().data<T>(on), labels.data<int32_t>(on), logits.dim(1), scale, loss, gradient};
      });
}

Variable smooth_l1(const Variable& deltas, const Tensor& labels, const Tensor& targets, double beta,
                   const Tensor& divisor) {
  require_rows("smooth_l1", deltas, labels);
  require_below("smooth_l1", labels, deltas.dim(1) / 4);
  require_shape("smooth_l1", "targets", targets, {deltas.dim(0), 4});
  const Tensor wanted = targets.to(deltas.dtype());
  return sum_over_rows(deltas, labels.size(), divisor,
                       [=, on = deltas.device()](auto zero, auto scale, auto* loss, auto* gradient) {
                         using T = decltype(zero);
                         return kernels::SmoothL1<T>{deltas.value().data<T>(on),
                                                     labels.data<int32_t>(on),
                                                     wanted.data<T>(on),
                                                     deltas.dim(1) / 4,
                                                     static_cast<T>(beta),
                                                     scale,
                                                     loss,
                                                     gradient};
                       });
}

}  // namespace intertwiner
