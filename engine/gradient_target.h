// Where an operator's backward pass writes a gradient: into new memory, which the operator returns, or at once into the
// gradient that the variable has already. The second needs no pass that adds the two.
//
//   const GradientTarget dw = w.gradient_target(type);
//   backend.conv2d_weight_gradient(x, dy, geometry, dw);
//   gradients[1] = dw.gradient();
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

struct GradientTarget {
  Tensor memory;
  bool adds = false;    ///< to what the memory holds
  bool is_own = false;  ///< the memory is the variable's own gradient

  GradientTarget(Tensor to, bool adds_to_it = false, bool is_variables_own = false)
      : memory(std::move(to)), adds(adds_to_it), is_own(is_variables_own) {}

  /// What the operator returns after it has written the gradient: nothing if the variable has it already.
  Tensor gradient() const { return is_own ? Tensor() : memory; }
};

}  // namespace intertwiner
