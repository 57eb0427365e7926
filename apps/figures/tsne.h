// t-SNE: maps points of many dimensions to a plane so that neighbours stay neighbours. Figure 1 uses it for features.
//
// This is the exact method, which computes every pair; it is meant for up to about two thousand points. Source: van der
// Maaten and Hinton, Visualizing Data using t-SNE (JMLR 9, 2008), with their schedule of momentum and gains.
//
//   p_{j|i} = exp(−β_i·|x_i − x_j|²) / Σ_{k≠i} exp(−β_i·|x_i − x_k|²)   β_i by bisection: 2^entropy = perplexity
//   p_ij    = (p_{j|i} + p_{i|j}) / 2N
//   w_ij    = 1 / (1 + |y_i − y_j|²),  q_ij = w_ij / Σ_{k≠l} w_kl
//   C       = Σ_{i≠j} p_ij·log(p_ij / q_ij)                             the divergence, which is minimised
//   dC/dy_i = 4·Σ_j (p_ij − q_ij)·w_ij·(y_i − y_j)
//
// In the first iterations every p_ij is multiplied by a factor (early exaggeration). This pulls clusters together while
// they can still pass each other. All sums are in double precision and in a fixed order, so the result is the same for
// any number of threads.
#pragma once
#include <cstdint>

#include "engine/tensor.h"

namespace intertwiner {

struct TsneOptions {
  double perplexity = 30;  ///< about the number of neighbours of a point; at most (points + 2) / 3 is used
  int64_t iterations = 1000;
  double learning_rate = 100;
  double exaggeration = 4;
  int64_t exaggerated_iterations = 50;
  uint64_t seed = 1;  ///< of the initial positions
};

/// The positions of the rows of `x` (N×K), as 2×N float64: all x, then all y, with mean 0. Throws InternalError for
/// fewer than 3 rows.
Tensor tsne(const Tensor& x, const TsneOptions& options = {});

/// p_{j|i} as N×N float64. Each row has this perplexity, if its distances differ enough for that.
Tensor conditional_affinities(const Tensor& x, double perplexity);
/// p_ij from p_{j|i}: N×N, symmetric, with sum 1.
Tensor joint_affinities(const Tensor& conditional);

/// C of the positions `y` (2×N).
double tsne_divergence(const Tensor& p, const Tensor& y);
/// dC/dy as 2×N, with every p_ij multiplied by `exaggeration`.
Tensor tsne_gradient(const Tensor& p, const Tensor& y, double exaggeration = 1);

}  // namespace intertwiner
