// Joins tensors along the second axis, for example the predictions of several levels.
#pragma once
#include <vector>

#include "engine/variable.h"

namespace intertwiner {

/// Tensors N×A_l×D, one after another along the second axis: N×(ΣA_l)×D. Throws UserError if N or D differ.
Variable concat_middle(const std::vector<Variable>& inputs);

}  // namespace intertwiner
