#include "engine/ops/losses.h"

#include <algorithm>

#include "engine/elementwise.h"
#include "engine/kernels/losses.h"
#include "engine/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 256;

int64_t used_rows(const Tensor& labels) {
  const int32_t* label = labels.data<int32_t>();
  return std::count_if(label, label + labels.size(), [](int32_t l) { return l >= 0; });
}

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

// A label beyond what it chooses from would read and write outside of a row.
void require_labels_below(const char* name, const Tensor& labels, int64_t count) {
  for (int64_t r = 0; r < labels.size(); ++r)
    if (labels.data<int32_t>()[r] >= count)
      throw InternalError(std::string(name) + ": label " + std::to_string(labels.data<int32_t>()[r]) + " of row " +
                          std::to_string(r) + ", where there are " + std::to_string(count));
}

// `make_kernel(zero, scale, loss, gradient)` is a loss's index function over rows. Forward it fills the rows' losses,
// whose sum is divided by `divisor`; backward the gradient, times `scale`.
template <class MakeKernel>
Variable sum_over_rows(const Variable& x, int64_t rows, double divisor, MakeKernel make_kernel) {
  const Tensor loss = Tensor::empty({rows}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(rows, kRowGrain, make_kernel(zero, T{1}, loss.data<T>(), static_cast<T*>(nullptr)));
  });
  const Tensor mean = Tensor::full({1}, divisor > 0 ? ordered_sum(loss) / divisor : 0, x.dtype());
  return Variable::from(mean, {x}, [=](const Tensor& dy) {
    const Tensor dx = Tensor::empty(x.shape(), x.dtype());
    with_float_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T scale = divisor > 0 ? dy.data<T>()[0] / static_cast<T>(divisor) : T{0};
      for_each_index(rows, kRowGrain, make_kernel(zero, scale, static_cast<T*>(nullptr), dx.data<T>()));
    });
    return Gradients{dx};
  });
}

}  // namespace

Variable binary_cross_entropy(const Variable& logits, const Tensor& labels) {
  require_rows("binary_cross_entropy", logits, labels);
  return sum_over_rows(
      logits, labels.size(), static_cast<double>(used_rows(labels)),
      [=](auto zero, auto scale, auto* loss, auto* gradient) {
        using T = decltype(zero);
        return kernels::BinaryCrossEntropy<T>{logits.value().data<T>(), labels.data<int32_t>(), scale, loss, gradient};
      });
}

Variable softmax_cross_entropy(const Variable& logits, const Tensor& labels) {
  require_rows("softmax_cross_entropy", logits, labels);
  require_labels_below("softmax_cross_entropy", labels, logits.dim(1));
  return sum_over_rows(logits, labels.size(), static_cast<double>(used_rows(labels)),
                       [=](auto zero, auto scale, auto* loss, auto* gradient) {
                         using T = decltype(zero);
                         return kernels::SoftmaxCrossEntropy<T>{
                             logits.value().data<T>(), labels.data<int32_t>(), logits.dim(1), scale, loss, gradient};
                       });
}

Variable smooth_l1(const Variable& deltas, const Tensor& labels, const Tensor& targets, double beta, double divisor) {
  require_rows("smooth_l1", deltas, labels);
  require_labels_below("smooth_l1", labels, deltas.dim(1) / 4);
  require_shape("smooth_l1", "targets", targets, {deltas.dim(0), 4});
  const Tensor wanted = targets.to(deltas.dtype());
  return sum_over_rows(deltas, labels.size(), divisor, [=](auto zero, auto scale, auto* loss, auto* gradient) {
    using T = decltype(zero);
    return kernels::SmoothL1<T>{deltas.value().data<T>(),
                                labels.data<int32_t>(),
                                wanted.data<T>(),
                                deltas.dim(1) / 4,
                                static_cast<T>(beta),
                                scale,
                                loss,
                                gradient};
  });
}

}  // namespace intertwiner
