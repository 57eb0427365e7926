#include "engine/ops/activations.h"

#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"
#include "engine/ops/elementwise.h"

namespace intertwiner {

Variable relu(const Variable& x) {
  const Device on = x.device();
  const Tensor y = Tensor::empty(x.shape(), x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, y.size(), kElementGrain, kernels::Relu<T>{x.value().data<T>(on), y.data<T>(on)});
  });
  return Variable::from(y, {x}, [y](Tensor dy) { return Gradients{relu_gradient(y, std::move(dy))}; });
}

Variable sigmoid(const Variable& x) {
  const Device on = x.device();
  const Tensor y = Tensor::empty(x.shape(), x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, y.size(), 4096, kernels::Sigmoid<T>{x.value().data<T>(on), y.data<T>(on)});
  });
  return Variable::from(y, {x}, [y](const Tensor& dy) {
    const Device on = y.device();
    const Tensor dx = Tensor::empty(y.shape(), y.dtype(), on);
    with_map_type(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(on, y.size(), kElementGrain,
                     kernels::SigmoidGradient<T>{y.data<T>(on), dy.data<T>(on), dx.data<T>(on)});
    });
    return Gradients{dx};
  });
}

Variable combine(const Variable& a, double p, const Variable& b, double q) {
  if (a.shape() != b.shape())
    throw UserError("combine: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  const Device on = a.device();
  const Tensor y = Tensor::empty(a.shape(), a.dtype(), on);
  with_map_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(
        on, y.size(), kElementGrain,
        kernels::Combine<T>{a.value().data<T>(on), b.value().data<T>(on), static_cast<kernels::Compute<T>>(p),
                            static_cast<kernels::Compute<T>>(q), y.data<T>(on)});
  });
  return Variable::from(y, {a, b}, [p, q](const Tensor& dy) {
    return Gradients{p == 1 ? dy : scaled(dy, p), q == 1 ? dy : scaled(dy, q)};
  });
}

Variable cast(const Variable& x, DType type) {
  if (x.dtype() == type) return x;
  return Variable::from(x.value().to(type), {x},
                        [from = x.dtype()](const Tensor& dy) { return Gradients{dy.to(from)}; });
}

Variable reshape(const Variable& x, Shape shape) {
  return Variable::from(x.value().reshape(std::move(shape)), {x},
                        [from = x.shape()](const Tensor& dy) { return Gradients{dy.reshape(from)}; });
}

Variable weighted_sum(const std::vector<Variable>& values, const std::vector<double>& factors) {
  if (values.empty() || values.size() != factors.size())
    throw InternalError("weighted_sum: needs a factor for each of its values");
  if (values.size() > kernels::kMostTerms)
    throw InternalError("weighted_sum: more than " + std::to_string(kernels::kMostTerms) + " values");
  const DType type = values[0].dtype();
  const Device on = values[0].device();
  const Tensor sum = Tensor::empty({1}, type, on);
  with_float_type(type, [&](auto zero) {
    using T = decltype(zero);
    kernels::WeightedSum<T> kernel{{}, {}, static_cast<int>(values.size()), sum.data<T>(on)};
    for (size_t k = 0; k < values.size(); ++k) {
      if (values[k].value().size() != 1)
        throw InternalError("weighted_sum: " + to_string(values[k].shape()) + " is not one value");
      kernel.values[k] = values[k].value().data<T>(on);
      kernel.factors[k] = factors[k];
    }
    for_each_index(on, 1, 1, kernel);
  });
  return Variable::from(sum, values, [factors](const Tensor& dy) {
    Gradients gradients;
    for (const double factor : factors) gradients.push_back(scaled(dy, factor));
    return gradients;
  });
}

Tensor softmax_rows(const Tensor& x) {
  const Device on = x.device();
  Tensor y = Tensor::empty(x.shape(), x.dtype(), on);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, x.dim(0), 256, kernels::Softmax<T>{x.data<T>(on), x.dim(1), y.data<T>(on)});
  });
  return y;
}

// dx = y (dy − ⟨y, dy⟩), row by row.
Variable softmax(const Variable& x) {
  const int64_t columns = x.value().dim(-1);
  const Tensor y = softmax_rows(x.value().reshape({-1, columns})).reshape(x.shape());
  return Variable::from(y, {x}, [y, columns](const Tensor& dy) {
    const Device on = y.device();
    const Tensor dx = Tensor::empty(y.shape(), y.dtype(), on);
    with_float_type(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(on, y.size() / columns, 256,
                     kernels::SoftmaxGradient<T>{y.data<T>(on), dy.data<T>(on), columns, dx.data<T>(on)});
    });
    return Gradients{dx};
  });
}

}  // namespace intertwiner
