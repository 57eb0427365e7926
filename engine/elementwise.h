// Arithmetic on tensors element by element, without gradients: what operators and the backward walk are made of.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// a + b, of one shape.
Tensor added(const Tensor& a, const Tensor& b);
/// a += b.
void add_into(const Tensor& a, const Tensor& b);
/// factor · x.
Tensor scaled(const Tensor& x, double factor);
/// dy where y > 0, else 0: the gradient of ReLU from its output. Written over dy where nobody else holds it.
Tensor relu_gradient(const Tensor& y, Tensor dy);
/// Sums over all axes but the last: the gradient of a bias, C values. In double precision, in order.
Tensor column_sums(const Tensor& x);
/// One value: the sum of all elements times `factor`. In double precision, in order.
double ordered_sum(const Tensor& x);

}  // namespace intertwiner
