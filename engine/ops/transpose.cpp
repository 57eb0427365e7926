#include "engine/ops/transpose.h"

#include "engine/loop.h"

namespace intertwiner {

Tensor transposed(const Tensor& x) {
  const int64_t n = x.dim(0), a = x.dim(1), b = x.dim(2);
  const Tensor y = Tensor::empty({n, b, a}, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(n * b, 64, [=, from = x.data<T>(), to = y.data<T>()](int64_t row) {
      const T* column = from + row / b * a * b + row % b;
      for (int64_t i = 0; i < a; ++i) to[row * a + i] = column[i * b];
    });
  });
  return y;
}

Variable transpose(const Variable& x) {
  if (x.value().rank() != 3) throw UserError("transpose: needs N×A×B, not " + to_string(x.shape()));
  return Variable::from(transposed(x.value()), {x}, [](const Tensor& dy) { return Gradients{transposed(dy)}; });
}

}  // namespace intertwiner
