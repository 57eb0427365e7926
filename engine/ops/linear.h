// A fully connected layer: y = x·wᵀ + bias, for every row of x.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// x N×I, w O×I, bias O or undefined; the result is N×O. Throws UserError if shapes do not fit.
Variable linear(const Variable& x, const Variable& w, const Variable& bias = {});

}  // namespace intertwiner
