// A layer that all levels share, or one layer for each level. In the second case the rows of level l go through layer
// l, each level in a call of its own, and the results come back in the rows' order.
#pragma once
#include <vector>

#include "detector/model/kernels/valid_rows.h"
#include "engine/ops/rows.h"

namespace intertwiner {

/// Levels of R rows: int32, 0 to the number of layers; −1 for a row that is not valid. `valid_count` as in Regions.
struct RowLevels {
  Tensor level, valid_count;
};

/// f(layer, its rows, their valid count) for each of `layers` layers. With one layer the levels are not read. f is not
/// called for a level that is known on the host to have no rows.
template <class F>
Variable by_level(const Variable& rows, const RowLevels& levels, size_t layers, const F& f) {
  if (layers == 1 || rows.dim(0) == 0) return f(size_t{0}, rows, levels.valid_count);
  const Tensor position = Tensor::full({rows.dim(0)}, -1, DType::int32, rows.device());  // of a row among the results
  std::vector<Variable> results;
  int64_t begin = 0;
  for (size_t l = 0; l < layers; ++l) {
    const SelectedRows selected = rows_of_level(levels.level, static_cast<int64_t>(l));
    if (selected.capacity() == 0) continue;
    results.push_back(f(l, select_rows(rows, selected.rows), selected.valid_count));
    write_positions(selected, begin, position);
    begin += selected.capacity();
  }
  return select_rows(concat_rows(results), position);
}

}  // namespace intertwiner
