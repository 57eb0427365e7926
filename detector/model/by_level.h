// One layer that serves all levels, or one each: rows of level l then go through layer l, each level in a call of its
// own, and come back in their order.
#pragma once
#include <vector>

#include "detector/model/chosen_rows.h"
#include "detector/model/kernels/regions.h"
#include "engine/backend/loop.h"
#include "engine/ops/rows.h"

namespace intertwiner {

/// Rows by their levels: R int32, 0 to the number of layers, −1 for a row that is not there. `count` as in Regions.
struct RowLevels {
  Tensor level, count;
};

/// f(layer, its levels' rows, how many of them there are) for `layers` layers; levels are read where there is more than
/// one. Where the host knows that a level has no rows, f is not called.
template <class F>
Variable by_level(const Variable& rows, const RowLevels& levels, size_t layers, const F& f) {
  if (layers == 1 || rows.dim(0) == 0) return f(size_t{0}, rows, levels.count);
  const Device on = rows.device();
  const Tensor back = Tensor::full({rows.dim(0)}, -1, DType::int32, on);  // where each row's result stands in `parts`
  std::vector<Variable> parts;
  int64_t begin = 0;
  for (size_t l = 0; l < layers; ++l) {
    const Tensor flags = Tensor::empty({rows.dim(0)}, DType::int32, on);
    for_each_index(
        on, flags.size(), kElementGrain,
        kernels::FlagLevel{levels.level.data<int32_t>(on), static_cast<int32_t>(l), flags.data<int32_t>(on)});
    const ChosenRows chosen = chosen_rows(flags, flags.size());
    if (chosen.rows.size() == 0) continue;
    parts.push_back(f(l, select_rows(rows, chosen.rows), chosen.count));
    for_each_index(on, chosen.rows.size(), kElementGrain,
                   kernels::PlaceBack{chosen.rows.data<int32_t>(on), begin, back.data<int32_t>(on)});
    begin += chosen.rows.size();
  }
  return select_rows(concat_rows(parts), back);
}

}  // namespace intertwiner
