#include "engine/ops/rows.h"

#include "engine/backend/loop.h"
#include "engine/kernels/rows.h"
#include "engine/ops/activations.h"
#include "engine/ops/concat.h"
#include "engine/ops/require.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

int64_t row_size(const Shape& shape) {
  int64_t size = 1;
  for (size_t axis = 1; axis < shape.size(); ++axis) size *= shape[axis];
  return size;
}

}  // namespace

Variable select_rows(const Variable& x, const Tensor& index) {
  require_below("select_rows", index, x.dim(0));
  const Shape from = x.shape();
  const int64_t width = row_size(from);
  Shape to = from;
  to[0] = index.size();
  const Device on = x.device();
  const Tensor y = Tensor::empty(to, x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, index.size(), kRowGrain,
                   kernels::SelectRows<T>{x.value().data<T>(on), index.data<int32_t>(on), width, y.data<T>(on)});
  });
  return Variable::from(y, {x}, [from, width, index, on](const Tensor& dy) {
    const RowsByValue takers = backend_of(index).rows_by_value(index, from[0]);
    const Tensor dx = Tensor::empty(from, dy.dtype(), on);
    with_map_type(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(on, from[0], kRowGrain,
                     kernels::SelectRowsGradient<T>{dy.data<T>(on), takers.first.data<int32_t>(on),
                                                    takers.places.data<int32_t>(on), width, dx.data<T>(on)});
    });
    return Gradients{dx};
  });
}

Variable concat_rows(const std::vector<Variable>& parts) {
  if (parts.empty()) throw InternalError("concat_rows: nothing to join");
  std::vector<Variable> flat;
  Shape joined = parts[0].shape();
  joined[0] = 0;
  for (const Variable& part : parts) {
    flat.push_back(reshape(part, {1, part.dim(0), row_size(part.shape())}));
    joined[0] += part.dim(0);
  }
  return reshape(concat_middle(flat), joined);
}

}  // namespace intertwiner
