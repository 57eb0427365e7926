#include "engine/ops/activations.h"

#include <cmath>

#include "engine/elementwise.h"
#include "engine/kernels/elementwise.h"
#include "engine/loop.h"

namespace intertwiner {

Variable relu(const Variable& x) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(y.size(), kElementGrain, kernels::Relu<T>{x.value().data<T>(), y.data<T>()});
  });
  return Variable::from(y, {x}, [y](Tensor dy) { return Gradients{relu_gradient(y, std::move(dy))}; });
}

Variable sigmoid(const Variable& x) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(y.size(), 4096, kernels::Sigmoid<T>{x.value().data<T>(), y.data<T>()});
  });
  return Variable::from(y, {x}, [y](const Tensor& dy) {
    const Tensor dx = Tensor::empty(y.shape(), y.dtype());
    with_float_type(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(y.size(), kElementGrain, kernels::SigmoidGradient<T>{y.data<T>(), dy.data<T>(), dx.data<T>()});
    });
    return Gradients{dx};
  });
}

Variable combine(const Variable& a, double p, const Variable& b, double q) {
  if (a.shape() != b.shape())
    throw UserError("combine: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  const Tensor y = Tensor::empty(a.shape(), a.dtype());
  with_float_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(y.size(), kElementGrain,
                   kernels::Combine<T>{a.value().data<T>(), b.value().data<T>(), static_cast<T>(p), static_cast<T>(q),
                                       y.data<T>()});
  });
  return Variable::from(y, {a, b}, [p, q](const Tensor& dy) {
    return Gradients{p == 1 ? dy : scaled(dy, p), q == 1 ? dy : scaled(dy, q)};
  });
}

Variable reshape(const Variable& x, Shape shape) {
  return Variable::from(x.value().reshape(std::move(shape)), {x},
                        [from = x.shape()](const Tensor& dy) { return Gradients{dy.reshape(from)}; });
}

Variable weighted_sum(const std::vector<Variable>& values, const std::vector<double>& factors) {
  if (values.empty() || values.size() != factors.size())
    throw InternalError("weighted_sum: needs a factor for each of its values");
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += factors[i] * ordered_sum(values[i].value());
  return Variable::from(Tensor::full({1}, sum, values[0].dtype()), values, [factors](const Tensor& dy) {
    Gradients gradients;
    for (const double factor : factors) gradients.push_back(scaled(dy, factor));
    return gradients;
  });
}

Tensor softmax_rows(const Tensor& x) {
  const int64_t columns = x.dim(1);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(x.dim(0), 256, [=, from = x.data<T>(), to = y.data<T>()](int64_t r) {
      const T* row = from + r * columns;
      T most = row[0], sum = 0;
      for (int64_t c = 1; c < columns; ++c) most = row[c] > most ? row[c] : most;
      for (int64_t c = 0; c < columns; ++c) sum += to[r * columns + c] = std::exp(row[c] - most);
      for (int64_t c = 0; c < columns; ++c) to[r * columns + c] /= sum;
    });
  });
  return y;
}

// dx = y (dy − ⟨y, dy⟩), row by row.
Variable softmax(const Variable& x) {
  const int64_t columns = x.value().dim(-1);
  const Tensor y = softmax_rows(x.value().reshape({-1, columns})).reshape(x.shape());
  return Variable::from(y, {x}, [y, columns](const Tensor& dy) {
    const Tensor dx = Tensor::empty(y.shape(), y.dtype());
    with_float_type(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(y.size() / columns, 256,
                     kernels::SoftmaxGradient<T>{y.data<T>(), dy.data<T>(), columns, dx.data<T>()});
    });
    return Gradients{dx};
  });
}

}  // namespace intertwiner
