#include "engine/ops/activations.h"

#include <algorithm>

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/elementwise.h"

namespace intertwiner {
namespace {

constexpr int64_t kExponentialGrain = 4096;  // exp takes as long as some ten additions
constexpr int64_t kRowGrain = 256;

}  // namespace

Variable relu(const Variable& x) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  for_each_map_index({.device = x.device(), .count = y.size()}, x.dtype(),
                     [&]<class T>(const Pointers& at) { return kernels::Relu<T>{.x = at(x.value()), .out = at(y)}; });
  return Variable::from(y, {x}, [y](Tensor dy) { return Gradients{relu_gradient(y, std::move(dy))}; });
}

Variable sigmoid(const Variable& x) {
  const Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  const Loop loop{.device = x.device(), .count = y.size(), .grain = kExponentialGrain};
  for_each_map_index(loop, x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Sigmoid<T>{.x = at(x.value()), .out = at(y)};
  });
  return Variable::from(y, {x}, [y](const Tensor& dy) {
    const Tensor dx = Tensor::empty(y.shape(), y.dtype(), y.device());
    for_each_map_index({.device = y.device(), .count = y.size()}, y.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::SigmoidGradient<T>{.y = at(y), .dy = at(dy), .dx = at(dx)};
    });
    return Gradients{dx};
  });
}

Variable combine(const Variable& a, double p, const Variable& b, double q) {
  if (a.shape() != b.shape())
    throw UserError("combine: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  const Tensor y = Tensor::empty(a.shape(), a.dtype(), a.device());
  for_each_map_index({.device = a.device(), .count = y.size()}, a.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Combine<T>{.a = at(a.value()),
                               .b = at(b.value()),
                               .p = static_cast<kernels::Compute<T>>(p),
                               .q = static_cast<kernels::Compute<T>>(q),
                               .out = at(y)};
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
  if (values.size() > kernels::kMaxTerms)
    throw InternalError("weighted_sum: more than " + std::to_string(kernels::kMaxTerms) + " values");
  for (const Variable& value : values)
    if (element_count(value.shape()) != 1)
      throw InternalError("weighted_sum: " + to_string(value.shape()) + " is not one value");
  const DType type = values[0].dtype();
  const Device on = values[0].device();
  const Tensor sum = Tensor::empty({1}, type, on);
  for_each_float_index({.device = on, .count = 1}, type, [&]<class T>(const Pointers& at) {
    kernels::WeightedSum<T> kernel{
        .values = {}, .factors = {}, .terms = static_cast<int>(values.size()), .out = at(sum)};
    for (size_t k = 0; k < values.size(); ++k) {
      kernel.values[k] = at(values[k].value());
      kernel.factors[k] = factors[k];
    }
    return kernel;
  });
  return Variable::from(sum, values, [factors](const Tensor& dy) {
    const auto terms = static_cast<int64_t>(factors.size());
    const Tensor together = Tensor::empty({terms}, dy.dtype(), dy.device());
    for_each_float_index({.device = dy.device(), .count = terms}, dy.dtype(), [&]<class T>(const Pointers& at) {
      kernels::WeightedSumGradients<T> kernel{.dy = at(dy), .factors = {}, .gradients = at(together)};
      std::copy(factors.begin(), factors.end(), kernel.factors);
      return kernel;
    });
    Gradients gradients;
    for (int64_t k = 0; k < terms; ++k) gradients.push_back(together.slice(k, k + 1));
    return gradients;
  });
}

Tensor softmax_rows(const Tensor& x) {
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  const Loop loop{.device = x.device(), .count = x.dim(0), .grain = kRowGrain};
  for_each_float_index(loop, x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Softmax<T>{.x = at(x), .columns = x.dim(1), .y = at(y)};
  });
  return y;
}

// dx = y (dy − ⟨y, dy⟩), row by row.
Variable softmax(const Variable& x) {
  const int64_t columns = x.value().dim(-1);
  const Tensor y = softmax_rows(x.value().reshape({-1, columns})).reshape(x.shape());
  return Variable::from(y, {x}, [y, columns](const Tensor& dy) {
    const Tensor dx = Tensor::empty(y.shape(), y.dtype(), y.device());
    const Loop loop{.device = y.device(), .count = y.size() / columns, .grain = kRowGrain};
    for_each_float_index(loop, y.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::SoftmaxGradient<T>{.y = at(y), .dy = at(dy), .columns = columns, .dx = at(dx)};
    });
    return Gradients{dx};
  });
}

}  // namespace intertwiner
