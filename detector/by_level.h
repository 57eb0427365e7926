// One layer that serves all levels, or one each: rows of level l then go through layer l, each level in a call of its
// own, and come back in their order.
#pragma once
#include <vector>

#include "engine/backend.h"
#include "engine/ops/rows.h"

namespace intertwiner {

/// f(layer, rows of its levels) for `layers` layers; `level` R int32 is read where there is more than one. A level
/// without rows is not called.
template <class F>
Variable by_level(const Variable& rows, const Tensor& level, size_t layers, const F& f) {
  if (layers == 1 || rows.dim(0) == 0) return f(size_t{0}, rows);
  const Tensor levels = level.to(Device::cpu);
  const RowsByValue members = backend_of(levels).rows_by_value(levels, static_cast<int64_t>(layers));
  const int32_t* first = members.first.data<int32_t>();
  std::vector<Variable> parts;
  for (size_t l = 0; l < layers; ++l)
    if (first[l] < first[l + 1])
      parts.push_back(f(l, select_rows(rows, members.places.slice(first[l], first[l + 1]).to(rows.device()))));
  const Tensor back = Tensor::empty(level.shape(), DType::int32);  // where each row's result stands among the parts
  for (int64_t i = 0; i < back.size(); ++i)
    back.data<int32_t>()[members.places.data<int32_t>()[i]] = static_cast<int32_t>(i);
  return select_rows(concat_rows(parts), back.to(rows.device()));
}

}  // namespace intertwiner
