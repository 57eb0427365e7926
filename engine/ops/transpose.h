// Swaps the last two axes of a stack of matrices.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// N×A×B to N×B×A, without and with a gradient. `transpose` throws UserError if x has another rank.
Tensor transposed(const Tensor& x);
Variable transpose(const Variable& x);

}  // namespace intertwiner
