// The Sinkhorn divergence between two sets of vectors (3.3, algorithm 1; Cuturi, 2013): the cost of moving one set onto
// the other, made smooth by an entropy term.
//
//   Q_xy = 1 − cos(x, y)                              the cost of moving row x onto row y
//   K = exp(−Q/ε),  b = 1/C1,  L times:  a = (1/C2) / Kᵀb,  b = (1/C1) / Ka
//   P = diag(b) K diag(a),  W = ⟨Q, P⟩
//
// The gradient goes through Q with the plan P held fixed, or through all iterations. A row shorter than 1e-8 has cost 1
// to every other row and gets no gradient. Where ε is so small that K would underflow, the iterations run on
// logarithms.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct SinkhornOptions {
  double epsilon = 0.1;
  int64_t iterations = 10;
  bool through_iterations = false;  ///< the gradient goes through the plan too
};

/// Mean over N of W between the rows (dimension k) of x[n] and of y[n], N×C1×k and N×C2×k. One value.
Variable sinkhorn_divergence(const Variable& x, const Variable& y, const SinkhornOptions& options = {});

/// Q: N×C1×C2 costs of moving the rows of x[n] onto those of y[n].
Tensor cosine_cost(const Tensor& x, const Tensor& y);

/// The plans alone, N×C1×C2, from costs of that shape. Row sums are 1/C1. Column sums are 1/C2 up to the error that the
/// last half step leaves.
Tensor sinkhorn_plan(const Tensor& cost, const SinkhornOptions& options);

}  // namespace intertwiner
