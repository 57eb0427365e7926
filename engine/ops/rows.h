// Takes rows of a tensor by index, and joins tensors along the first axis.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// y[r] = x[index[r]], or zeros if index[r] is −1. A row is one entry of the first axis. A row may be taken many times;
/// its gradients are then added in order. `index` is int32. Throws InternalError if an index is beyond the last row (on
/// the CPU only).
Variable select_rows(const Variable& x, const Tensor& index);

/// Joins tensors along the first axis.
Variable concat_rows(const std::vector<Variable>& inputs);

}  // namespace intertwiner
