#include "engine/ops/transpose.h"

#include "engine/backend/loop.h"
#include "engine/kernels/rows.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

}  // namespace

Tensor transposed(const Tensor& x) {
  const int64_t n = x.dim(0), a = x.dim(1), b = x.dim(2);
  const Tensor y = Tensor::empty({n, b, a}, x.dtype(), x.device());
  const Loop over_rows{.device = x.device(), .count = n * b, .grain = kRowGrain};
  for_each_float_index(over_rows, x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Transpose<T>{.x = at(x), .a = a, .b = b, .y = at(y)};
  });
  return y;
}

Variable transpose(const Variable& x) {
  if (x.value().rank() != 3) throw UserError("transpose: needs N×A×B, not " + to_string(x.shape()));
  return Variable::from(transposed(x.value()), {x}, [](const Tensor& dy) { return Gradients{transposed(dy)}; });
}

}  // namespace intertwiner
