#include "engine/elementwise.h"

#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"

namespace intertwiner {

Tensor in_place_of(const Tensor& tensor) {
  return tensor.unshared() ? tensor : Tensor::empty(tensor.shape(), tensor.dtype(), tensor.device());
}

void add_into(const Tensor& out, const Tensor& a, const Tensor& b) {
  if (a.size() != b.size())
    throw UserError("add: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  with_pack({a, b, out}, a.size(), [&]<int n>(std::integral_constant<int, n>) {
    for_each_map_index({.device = a.device(), .count = a.size() / n}, a.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::Add<T, n>{.a = at(a), .b = at(b), .out = at(out)};
    });
  });
}

Tensor added(const Tensor& a, const Tensor& b) {
  const Tensor out = Tensor::empty(a.shape(), a.dtype(), a.device());
  add_into(out, a, b);
  return out;
}

void add_into(const Tensor& a, const Tensor& b) { add_into(a, a, b); }

Tensor scaled(const Tensor& x, double factor) {
  const Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  scale_into(out, x, factor);
  return out;
}

void scale_into(const Tensor& out, const Tensor& x, double factor) {
  for_each_map_index({.device = x.device(), .count = x.size()}, x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Scale<T>{.x = at(x), .factor = static_cast<kernels::Compute<T>>(factor), .out = at(out)};
  });
}

Tensor relu_gradient(const Tensor& y, Tensor dy) {
  const Tensor dx = in_place_of(dy);
  for_each_map_index({.device = dy.device(), .count = y.size()}, y.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ReluGradient<T>{.y = at(y), .dy = at(dy), .dx = at(dx)};
  });
  return dx;
}

Tensor scaled_blocks(const Tensor& x, const Tensor& factors) {
  const Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  for_each_map_index({.device = x.device(), .count = x.size()}, x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ScaleBlocks<T>{
        .x = at(x), .factors = at(factors), .size = x.size() / factors.size(), .out = at(out)};
  });
  return out;
}

void gather_values(const Tensor& out, const std::vector<Tensor>& values) {
  if (values.size() > kernels::kMaxTerms) throw InternalError("gather_values: too many values");
  const auto count = static_cast<int64_t>(values.size());
  for_each_float_index({.device = out.device(), .count = count}, values[0].dtype(), [&]<class T>(const Pointers& at) {
    kernels::GatherValues<T> kernel{.values = {}, .out = at(out)};
    for (size_t k = 0; k < values.size(); ++k) kernel.values[k] = at(values[k]);
    return kernel;
  });
}

void square_root_into(const Tensor& x) {
  for_each_index({.device = x.device(), .count = x.size()},
                 [&](const Pointers& at) { return kernels::SquareRoot<double>{.x = at(x), .out = at(x)}; });
}

Tensor quotient(const Tensor& a, const Tensor& b, DType type) {
  const Tensor out = Tensor::empty(a.shape(), type, a.device());
  const Loop loop{.device = a.device(), .count = a.size()};
  with_float_type(type, [&]<class To>(To) {
    for_each_float_index(loop, a.dtype(), [&]<class From>(const Pointers& at) {
      return kernels::Quotient<From, To>{.a = at(a), .b = at(b), .out = at(out)};
    });
  });
  return out;
}

}  // namespace intertwiner
