#include "engine/ops/transpose.h"

#include "engine/backend/loop.h"
#include "engine/kernels/rows.h"

namespace intertwiner {

Tensor transposed(const Tensor& x) {
  const int64_t n = x.dim(0), a = x.dim(1), b = x.dim(2);
  const Device on = x.device();
  const Tensor y = Tensor::empty({n, b, a}, x.dtype(), on);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, n * b, 64, kernels::Transpose<T>{x.data<T>(on), a, b, y.data<T>(on)});
  });
  return y;
}

Variable transpose(const Variable& x) {
  if (x.value().rank() != 3) throw UserError("transpose: needs N×A×B, not " + to_string(x.shape()));
  return Variable::from(transposed(x.value()), {x}, [](const Tensor& dy) { return Gradients{transposed(dy)}; });
}

}  // namespace intertwiner
