// t-SNE: points of many dimensions laid out on a plane so that neighbours stay neighbours, as figure 1 shows features.
// Exact, every pair counts: for some two thousand points. From van der Maaten and Hinton, Visualizing Data using t-SNE
// (JMLR 9, 2008), with their schedule of momentum and gains.
//
//   p_{j|i} = exp(−β_i·|x_i − x_j|²) / Σ_{k≠i} exp(−β_i·|x_i − x_k|²)   β_i by bisection: 2^entropy = perplexity
//   p_ij    = (p_{j|i} + p_{i|j}) / 2N
//   w_ij    = 1 / (1 + |y_i − y_j|²),  q_ij = w_ij / Σ_{k≠l} w_kl
//   C       = Σ_{i≠j} p_ij·log(p_ij / q_ij)                             what is minimised
//   dC/dy_i = 4·Σ_j (p_ij − q_ij)·w_ij·(y_i − y_j)
//
// For the first iterations every p_ij counts several times over (early exaggeration), which draws clusters together
// while they can still pass each other. Everything is in double precision and in order: the same for any number of
// threads.
#pragma once
#include <cstdint>

#include "engine/tensor.h"

namespace intertwiner {

struct TsneOptions {
  double perplexity = 30;  ///< neighbours that a point has, about; of few points a third of them
  int64_t iterations = 1000;
  double learning_rate = 100;
  double exaggeration = 4;
  int64_t exaggerated_iterations = 50;
  uint64_t seed = 1;  ///< of the points' first places
};

/// Places of the rows of `x` (N×K) as 2×N float64: all abscissas, then all ordinates; their mean is 0. Throws
/// InternalError for fewer than 3 rows.
Tensor tsne(const Tensor& x, const TsneOptions& options = {});

/// p_{j|i} as N×N float64, each row with this perplexity, where its distances differ enough to allow it.
Tensor conditional_affinities(const Tensor& x, double perplexity);
/// p_ij of them: N×N, symmetric, with sum 1.
Tensor joint_affinities(const Tensor& conditional);

/// C of these places (2×N).
double tsne_divergence(const Tensor& p, const Tensor& y);
/// dC/dy, 2×N, with each p_ij counted `exaggeration` times.
Tensor tsne_gradient(const Tensor& p, const Tensor& y, double exaggeration = 1);

}  // namespace intertwiner
