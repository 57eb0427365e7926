#include "engine/ops/rows.h"

#include "engine/loop.h"
#include "engine/ops/activations.h"
#include "engine/ops/concat.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

int64_t row_size(const Shape& shape) {
  int64_t size = 1;
  for (size_t axis = 1; axis < shape.size(); ++axis) size *= shape[axis];
  return size;
}

void require_rows_below(const Tensor& index, int64_t count) {
  for (int64_t r = 0; r < index.size(); ++r)
    if (index.data<int32_t>()[r] >= count)
      throw InternalError("select_rows: row " + std::to_string(index.data<int32_t>()[r]) + " of " +
                          std::to_string(count));
}

}  // namespace

Variable select_rows(const Variable& x, const Tensor& index) {
  require_rows_below(index, x.dim(0));
  const Shape from = x.shape();
  const int64_t width = row_size(from);
  Shape to = from;
  to[0] = index.size();
  const Tensor y = Tensor::empty(to, x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(index.size(), kRowGrain,
                   [in = x.value().data<T>(), out = y.data<T>(), at = index.data<int32_t>(), width](int64_t r) {
                     for (int64_t i = 0; i < width; ++i) out[r * width + i] = at[r] < 0 ? T{0} : in[at[r] * width + i];
                   });
  });
  return Variable::from(y, {x}, [from, width, index](const Tensor& dy) {
    const RowsByValue takers = rows_by_value(index, from[0]);
    const Tensor dx = Tensor::zeros(from, dy.dtype());
    with_float_type(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(from[0], kRowGrain,
                     [in = dy.data<T>(), out = dx.data<T>(), first = takers.first.data<int32_t>(),
                      places = takers.places.data<int32_t>(), width](int64_t row) {
                       for (int32_t k = first[row]; k < first[row + 1]; ++k)
                         for (int64_t i = 0; i < width; ++i) out[row * width + i] += in[places[k] * width + i];
                     });
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

RowsByValue rows_by_value(const Tensor& index, int64_t count) {
  const int32_t* value = index.data<int32_t>();
  const RowsByValue rows{Tensor::zeros({count + 1}, DType::int32), Tensor::empty({index.size()}, DType::int32)};
  int32_t* first = rows.first.data<int32_t>();
  for (int64_t r = 0; r < index.size(); ++r)
    if (value[r] >= 0) ++first[value[r] + 1];
  for (int64_t v = 0; v < count; ++v) first[v + 1] += first[v];
  std::vector<int32_t> next(first, first + count);
  for (int64_t r = 0; r < index.size(); ++r)
    if (value[r] >= 0) rows.places.data<int32_t>()[next[static_cast<size_t>(value[r])]++] = static_cast<int32_t>(r);
  return rows;
}

}  // namespace intertwiner
