// Rows taken from a tensor by number, and the way back: which rows a number was given to.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// y[r] = x[index[r]], a row being all that one index of the first axis holds; zeros where index[r] is −1. A row may be
/// taken many times: its gradient is the sum, in order. `index` int32. Throws InternalError beyond the last row.
Variable select_rows(const Variable& x, const Tensor& index);

/// Rows of several tensors, one after another along the first axis.
Variable concat_rows(const std::vector<Variable>& parts);

/// For each of `count` values the places r where index[r] is that value, ascending: places[first[v]] up to
/// places[first[v + 1] − 1]. Negative values have no place in it. Both int32.
struct RowsByValue {
  Tensor first, places;
};
RowsByValue rows_by_value(const Tensor& index, int64_t count);

}  // namespace intertwiner
