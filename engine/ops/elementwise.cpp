#include "engine/ops/elementwise.h"

#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"

namespace intertwiner {

Tensor in_place_of(const Tensor& tensor) {
  return tensor.unshared() ? tensor : Tensor::empty(tensor.shape(), tensor.dtype(), tensor.device());
}

namespace {

void add_to(const Tensor& out, const Tensor& a, const Tensor& b) {
  if (a.size() != b.size())
    throw UserError("add: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  const Device on = a.device();
  with_map_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    with_pack({a, b, out}, a.size(), [&](auto n) {
      for_each_index(on, a.size() / n, kElementGrain,
                     kernels::Add<T, n>{a.data<T>(on), b.data<T>(on), out.data<T>(on)});
    });
  });
}

}  // namespace

Tensor added(const Tensor& a, const Tensor& b) {
  const Tensor out = Tensor::empty(a.shape(), a.dtype(), a.device());
  add_to(out, a, b);
  return out;
}

void add_into(const Tensor& a, const Tensor& b) { add_to(a, a, b); }

Tensor scaled(const Tensor& x, double factor) {
  const Device on = x.device();
  Tensor out = Tensor::empty(x.shape(), x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, x.size(), kElementGrain,
                   kernels::Scale<T>{x.data<T>(on), static_cast<kernels::Compute<T>>(factor), out.data<T>(on)});
  });
  return out;
}

Tensor relu_gradient(const Tensor& y, Tensor dy) {
  const Device on = dy.device();
  const Tensor dx = in_place_of(dy);
  with_map_type(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, y.size(), kElementGrain,
                   kernels::ReluGradient<T>{y.data<T>(on), dy.data<T>(on), dx.data<T>(on)});
  });
  return dx;
}

Tensor scaled_blocks(const Tensor& x, const Tensor& factors) {
  const Device on = x.device();
  Tensor out = Tensor::empty(x.shape(), x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, x.size(), kElementGrain,
                   kernels::ScaleBlocks<T>{x.data<T>(on), factors.data<kernels::Compute<T>>(on),
                                           x.size() / factors.size(), out.data<T>(on)});
  });
  return out;
}

Tensor quotient(const Tensor& a, const Tensor& b, DType type) {
  const Device on = a.device();
  Tensor out = Tensor::empty(a.shape(), type, on);
  with_float_type(a.dtype(), [&](auto from) {
    with_float_type(type, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      for_each_index(on, a.size(), kElementGrain,
                     kernels::Quotient<From, To>{a.data<From>(on), b.data<double>(on), out.data<To>(on)});
    });
  });
  return out;
}

}  // namespace intertwiner
