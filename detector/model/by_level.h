// Applies a layer that all levels share, or one layer for each level. With one for each level, the rows of level l go
// through layer l in one call, and the results are put back into the order of the rows.
#pragma once
#include <vector>

#include "detector/model/kernels/valid_rows.h"
#include "engine/ops/rows.h"

namespace intertwiner {

/// Levels of R rows, int32 from 0; −1 for a row that is not valid. `valid_count` as in Regions.
struct RowLevels {
  Tensor level, valid_count;
};

/// Calls f(layer, its rows, their valid count) for each of `layers` layers and joins the results. One layer gets all
/// rows. f is not called for a level that has no rows, if the host has the count.
template <class F>
Variable by_level(const Variable& rows, const RowLevels& levels, size_t layers, const F& f) {
  if (layers == 1 || rows.dim(0) == 0) return f(size_t{0}, rows, levels.valid_count);
  const Tensor position =
      Tensor::full({rows.dim(0)}, -1, DType::int32, rows.device());  // index of each row in the results
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
