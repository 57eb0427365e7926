// Stochastic gradient descent as PyTorch's SGD does it: clipping, weight decay, momentum.
//
//   g ← g · min(1, clip / (|g| + 1e-6))      |g| over all parameters together
//   g ← g + decay · w                        where the parameter decays
//   v ← momentum · v + g,   w ← w − rate · v
//
// Values, gradients and momentum of all parameters lie in one slab each, so that an update is a pass over three arrays.
#pragma once
#include <vector>

#include "engine/variable.h"

namespace intertwiner {

struct SgdParameter {
  Variable variable;
  bool decays;
};

struct SgdOptions {
  double momentum = 0.9, weight_decay = 1e-4;
  double clip_norm = 5;  ///< 0: no clipping
};

class Sgd {
 public:
  /// Moves the parameters' values into a slab and gives them gradients in another.
  Sgd(const std::vector<SgdParameter>& parameters, const SgdOptions& options);

  void zero_gradients() const { gradients_.fill_zero(); }
  /// Euclidean norm of all gradients together, before clipping: one value, float64.
  Tensor gradient_norm() const;
  /// One update. `rate` is one value, float64; `norm` is the result of gradient_norm. Where the norm or the loss (one
  /// value) is not finite, nothing changes, so the host need not check them first.
  void step(const Tensor& rate, const Tensor& norm, const Tensor& loss = {}) const;
  void step(double rate, const Tensor& norm, const Tensor& loss = {}) const;

  /// v, in the parameters' order, which a checkpoint keeps.
  const Tensor& momentum() const { return momentum_; }

 private:
  SgdOptions options_;
  Tensor values_, gradients_, momentum_;
  Tensor decays_;  // uint8: 1 for a weight that decays
};

/// The rate at a step: it grows linearly during the warm-up, and is divided by 10 after each of `drops`, fractions of
/// `total_steps`.
double learning_rate(double initial, int64_t step, int64_t total_steps, int64_t warmup_steps,
                     const std::vector<double>& drops);

}  // namespace intertwiner
