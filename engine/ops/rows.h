// Rows taken from a tensor by number, and tensors put together row by row.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// y[r] = x[index[r]], a row being one entry of the first axis; zeros where index[r] is −1. A row may be taken many
/// times: its gradient is the sum, in order. `index` int32. Throws InternalError for a row beyond the last (on the
/// CPU).
Variable select_rows(const Variable& x, const Tensor& index);

/// Rows of several tensors, one after another along the first axis.
Variable concat_rows(const std::vector<Variable>& parts);

}  // namespace intertwiner
