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
  const Tensor y = Tensor::empty(to, x.dtype(), x.device());
  const Loop over_y{.device = x.device(), .count = index.size(), .grain = kRowGrain};
  with_lanes(over_y, {x.value(), y}, width, [&]<int N>(const auto& loop) {
    for_each_map_index(loop, x.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::SelectRows<T, N>{.x = at(x.value()), .index = at(index), .width = width, .y = at(y)};
    });
  });
  return Variable::from(y, {x}, [from, width, index](const Tensor& dy) {
    const RowsByValue copies = backend_of(index).rows_by_value(index, from[0]);
    const Tensor dx = Tensor::empty(from, dy.dtype(), dy.device());
    const Loop over_x{.device = dy.device(), .count = from[0], .grain = kRowGrain};
    with_lanes(over_x, {dy, dx}, width, [&]<int N>(const auto& loop) {
      for_each_map_index(loop, dy.dtype(), [&]<class T>(const Pointers& at) {
        return kernels::SelectRowsGradient<T, N>{
            .dy = at(dy), .first = at(copies.first), .copies = at(copies.positions), .width = width, .dx = at(dx)};
      });
    });
    return Gradients{dx};
  });
}

Variable concat_rows(const std::vector<Variable>& inputs) {
  if (inputs.empty()) throw InternalError("concat_rows: nothing to join");
  std::vector<Variable> flat;
  Shape joined = inputs[0].shape();
  joined[0] = 0;
  for (const Variable& input : inputs) {
    flat.push_back(reshape(input, {1, input.dim(0), row_size(input.shape())}));
    joined[0] += input.dim(0);
  }
  return reshape(concat_middle(flat), joined);
}

}  // namespace intertwiner
