// Element-by-element operators and sums.
#pragma once
#include <vector>

#include "engine/variable.h"

namespace intertwiner {

/// max(x, 0); its gradient at 0 is 0.
Variable relu(const Variable& x);
/// 1 / (1 + exp(−x)).
Variable sigmoid(const Variable& x);
/// p·a + q·b. Both have the same shape.
Variable combine(const Variable& a, double p, const Variable& b, double q);
/// x in another type. The gradient has x's type.
Variable cast(const Variable& x, DType type);
/// x as float32 if it is bfloat16, else x itself.
inline Variable in_full(const Variable& x) { return cast(x, compute_type(x.dtype())); }
/// The same elements with another shape.
Variable reshape(const Variable& x, Shape shape);
/// The sum of 1 to 16 single values of one type, each multiplied by its factor: the total of several losses.
Variable weighted_sum(const std::vector<Variable>& values, const std::vector<double>& factors);
/// Softmax over the last axis of a matrix, without a gradient: class probabilities of detection.
Tensor softmax_rows(const Tensor& x);
/// Softmax over the last axis.
Variable softmax(const Variable& x);

}  // namespace intertwiner
