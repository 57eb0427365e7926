// Arithmetic on tensors element by element, without gradients, for operators and for the walk back through their steps.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// Memory for a result of `tensor`'s shape and type: `tensor` itself where nobody else holds it, else new memory.
Tensor in_place_of(const Tensor& tensor);
/// a + b, of one shape.
Tensor added(const Tensor& a, const Tensor& b);
/// a += b.
void add_into(const Tensor& a, const Tensor& b);
/// factor · x.
Tensor scaled(const Tensor& x, double factor);
/// dy where y > 0, else 0: the gradient of ReLU from its output. Written over dy where nobody else holds it.
Tensor relu_gradient(const Tensor& y, Tensor dy);
/// x, cut into as many blocks as there are factors (of x's type; float32 of bfloat16), each block times its factor.
Tensor scaled_blocks(const Tensor& x, const Tensor& factors);
/// a / b, element by element, as values of `type`; 0 where b is 0. `b` is float64, and so is the division.
Tensor quotient(const Tensor& a, const Tensor& b, DType type);

}  // namespace intertwiner
