// Swapping the last two axes of a stack of matrices.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// N×A×B to N×B×A.
Tensor transposed(const Tensor& x);
Variable transpose(const Variable& x);

}  // namespace intertwiner
