// Aligns two sets of vectors by optimal transport (3.3, algorithm 1). The vectors may be channels of two maps, features
// of two networks, samples of two sources. The sets may have different sizes, and their order does not matter.
//
//   Variable x(Tensor::from(my_floats, {30, 8})), y(Tensor::from(others, {40, 8}), true);
//   const Variable w = transport_alignment(x, y);     // the cost W of moving one set onto the other
//   backward(w);                                      // y.grad(): how W changes with each number of y
//
// The cost of moving a vector onto another is 1 − their cosine: directions count, lengths do not. Where positions
// matter, subtract the mean from both sets first.
#pragma once
#include "engine/ops/sinkhorn.h"

namespace intertwiner {

struct TransportOptions {
  SinkhornOptions sinkhorn;
  bool debiased = false;  ///< 2W(x, y) − W(x, x) − W(y, y) (6.3): 0 between a set and itself
};

/// W between the rows of x (N×k) and of y (M×k), with gradient to both. Of stacks, B×N×k and B×M×k, the mean over B.
/// Throws UserError where shapes or types do not fit, or an option is out of range.
Variable transport_alignment(const Variable& x, const Variable& y, const TransportOptions& options = {});

/// How much of each x goes to each y: N×M (of stacks B×N×M), all of them together 1.
Tensor transport_plan(const Tensor& x, const Tensor& y, const SinkhornOptions& options = {});

}  // namespace intertwiner
