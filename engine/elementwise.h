// Arithmetic on tensors element by element, without gradients. Operators and their backward passes use it.
#pragma once
#include "engine/gradient_target.h"
#include "engine/tensor.h"

namespace intertwiner {

/// Memory for a result of `tensor`'s shape and type: `tensor` itself if it is unshared, else new memory.
Tensor in_place_of(const Tensor& tensor);
/// a + b. Both have the same shape.
Tensor added(const Tensor& a, const Tensor& b);
/// out ← a + b.
void add_into(const Tensor& out, const Tensor& a, const Tensor& b);
/// a += b.
void add_into(const Tensor& a, const Tensor& b);
/// For code that cannot add to a target: calls compute(out), where `out` is its memory, or a tensor that is then added.
template <class Compute>
void write_gradient(const GradientTarget& target, const Compute& compute) {
  if (!target.adds) return compute(target.memory);
  const Tensor more = Tensor::empty(target.memory.shape(), target.memory.dtype(), target.memory.device());
  compute(more);
  add_into(target.memory, more);
}
/// factor · x.
Tensor scaled(const Tensor& x, double factor);
/// out ← factor · x. Both have the same shape and type.
void scale_into(const Tensor& out, const Tensor& x, double factor);
/// dy where y > 0, else 0: the gradient of ReLU, from its output y. Overwrites dy if it is unshared.
Tensor relu_gradient(const Tensor& y, Tensor dy);
/// Cuts x into equal blocks, one for each factor, and multiplies each block by its factor. Factors have x's type, or
/// float32 if x is bfloat16.
Tensor scaled_blocks(const Tensor& x, const Tensor& factors);
/// out[k] ← the only element of values[k], for at most kMaxTerms values (engine/kernels/elementwise.h). `out` is
/// float64.
void gather_values(const Tensor& out, const std::vector<Tensor>& values);
/// x ← √x, element by element; float64.
void square_root_into(const Tensor& x);
/// a / b, element by element, in `type`; 0 where b is 0. `b` is float64; the division is in float64.
Tensor quotient(const Tensor& a, const Tensor& b, DType type);

}  // namespace intertwiner
