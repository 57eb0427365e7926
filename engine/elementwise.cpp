#include "engine/elementwise.h"

#include <vector>

#include "engine/kernels/elementwise.h"
#include "engine/loop.h"

namespace intertwiner {

Tensor added(const Tensor& a, const Tensor& b) {
  if (a.size() != b.size())
    throw UserError("add: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  Tensor out = Tensor::empty(a.shape(), a.dtype());
  with_float_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(a.size(), kElementGrain, kernels::Add<T>{a.data<T>(), b.data<T>(), out.data<T>()});
  });
  return out;
}

void add_into(const Tensor& a, const Tensor& b) {
  if (a.size() != b.size())
    throw UserError("add: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " differ");
  with_float_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(a.size(), kElementGrain, kernels::Add<T>{a.data<T>(), b.data<T>(), a.data<T>()});
  });
}

Tensor scaled(const Tensor& x, double factor) {
  Tensor out = Tensor::empty(x.shape(), x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(x.size(), kElementGrain, kernels::Scale<T>{x.data<T>(), static_cast<T>(factor), out.data<T>()});
  });
  return out;
}

Tensor relu_gradient(const Tensor& y, Tensor dy) {
  const Tensor dx = dy.unshared() ? dy : Tensor::empty(dy.shape(), dy.dtype());
  with_float_type(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(y.size(), kElementGrain, kernels::ReluGradient<T>{y.data<T>(), dy.data<T>(), dx.data<T>()});
  });
  return dx;
}

Tensor column_sums(const Tensor& x) {
  constexpr int64_t kRows = 256;
  const int64_t columns = x.dim(-1), rows = columns == 0 ? 0 : x.size() / columns, chunks = divide_up(rows, kRows);
  Tensor sums = Tensor::empty({columns}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<double> partial(static_cast<size_t>(chunks * columns), 0.0);
    parallel_for(chunks, [&](int64_t chunk) {
      double* sum = partial.data() + chunk * columns;
      for (int64_t r = chunk * kRows; r < std::min(rows, (chunk + 1) * kRows); ++r) {
        const T* row = x.data<T>() + r * columns;
        for (int64_t c = 0; c < columns; ++c) sum[c] += row[c];
      }
    });
    std::vector<double> total(static_cast<size_t>(columns), 0.0);
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      for (int64_t c = 0; c < columns; ++c)
        total[static_cast<size_t>(c)] += partial[static_cast<size_t>(chunk * columns + c)];
    for (int64_t c = 0; c < columns; ++c) sums.data<T>()[c] = static_cast<T>(total[static_cast<size_t>(c)]);
  });
  return sums;
}

double ordered_sum(const Tensor& x) {
  return with_float_type(x.dtype(), [&](auto zero) {
    const auto* values = x.data<decltype(zero)>();
    return sum_over_index(x.size(), [values](int64_t i) { return values[i]; });
  });
}

}  // namespace intertwiner
