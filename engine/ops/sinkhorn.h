// The Sinkhorn divergence between two sets of vectors (3.3, algorithm 1; Cuturi, 2013): the cost of moving one set onto
// the other, smoothed by an entropy term.
//
//   Q_xy = 1 − cos(x, y)                              the cost of moving row x onto row y
//   K = exp(−Q/ε),  b = 1/C1,  L times:  a = (1/C2) / Kᵀb,  b = (1/C1) / Ka
//   P = diag(b) K diag(a),  W = ⟨Q, P⟩
//
// The gradient goes through Q with the plan P held fixed, or through all iterations. A row shorter than 1e-8 has cost 1
// to every other row and gets no gradient. If ε is so small that K would underflow, the iterations use logarithms.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct SinkhornOptions {
  double epsilon = 0.1;             ///< above 0
  int64_t iterations = 10;          ///< at least 1
  bool through_iterations = false;  ///< the gradient also goes through the plan
};

/// Mean over n of W between the rows of x[n] and of y[n], as one value. x is N×C1×k, y N×C2×k.
Variable sinkhorn_divergence(const Variable& x, const Variable& y, const SinkhornOptions& options = {});

/// Q, N×C1×C2: the costs of moving each row of x[n] onto each row of y[n].
Tensor cosine_cost(const Tensor& x, const Tensor& y);

/// The plans P, N×C1×C2, from costs of that shape, which lie in [0, 2] as those of cosine_cost. Row sums are 1/C1.
/// Column sums are only close to 1/C2, because each iteration corrects the rows last.
Tensor sinkhorn_plan(const Tensor& cost, const SinkhornOptions& options);

}  // namespace intertwiner
