// Stochastic gradient descent as in PyTorch: clipping, weight decay, momentum.
//
//   g ← g · min(1, clip / (|g| + 1e-6))      |g| over all parameters together
//   g ← g + decay · w                        only for parameters that decay
//   v ← momentum · v + g,   w ← w − rate · v
//
// The values of all parameters lie in one slab, their gradients in a second, their momentum in a third. So an update is
// one pass over three arrays. On a GPU with bfloat16 maps the same pass writes the weights' bfloat16 copies, a fourth
// slab.
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
  double clip_norm = 5;          ///< 0: no clipping
  bool bfloat16_copies = false;  ///< keep a copy of each parameter in bfloat16 (Variable::set_copy)
};

/// One of `count` equal parts of the slabs. Several processes share the update, each that of its part, and then send
/// each other the new values (ZeRO's first stage; Rajbhandari et al., 2020).
struct SgdPart {
  int64_t index = 0, count = 1;

  /// The first element of part `index` of `count` in slabs of `size` elements.
  int64_t begin(int64_t size) const { return size * index / count; }
  int64_t end(int64_t size) const { return size * (index + 1) / count; }
  Tensor of(const Tensor& slab) const { return slab.slice(begin(slab.size()), end(slab.size())); }
};

class Sgd {
 public:
  /// Moves the parameters' values into a slab, and their gradients into another. `updated` is the part that `step`
  /// updates; only this part has momentum.
  Sgd(const std::vector<SgdParameter>& parameters, const SgdOptions& options, const SgdPart& updated = {});

  /// Computes the parameters' gradients of `loss` in place of the earlier ones; 0 if the loss does not depend on one.
  void backward(const Variable& loss) const;
  /// Euclidean norm of all gradients together, before clipping: one value, float64.
  Tensor gradient_norm() const;
  /// One update. `rate` is one value, float64; `norm` is the result of gradient_norm. Nothing changes if the norm or
  /// the loss (one value) is not finite, so the host need not check them first.
  void step(const Tensor& rate, const Tensor& norm, const Tensor& loss = {}) const;
  void step(double rate, const Tensor& norm, const Tensor& loss = {}) const;

  /// Makes the bfloat16 copies again. Call this if other code has changed the parameters.
  void refresh_copies() const;

  const SgdPart& updated() const { return updated_; }
  /// The parameters' values, in their order.
  const Tensor& values() const { return values_; }
  /// Their gradients, in the same order.
  const Tensor& gradients() const { return gradients_; }
  /// v of the part that this optimiser updates, in the same order. A checkpoint stores it.
  const Tensor& momentum() const { return momentum_; }

 private:
  SgdOptions options_;
  SgdPart updated_;
  std::vector<Variable> parameters_;
  Tensor values_, gradients_, momentum_;
  Tensor copies_;  // bfloat16, or undefined
  Tensor decays_;  // uint8, of the updated part: 1 for a weight that decays
};

struct LearningRateSchedule {
  double initial;
  int64_t warmup_steps = 0;        ///< the rate rises linearly during these steps
  std::vector<double> drops = {};  ///< shares of the training after which the rate is divided by 10
  bool cosine = false;             ///< the rate is also multiplied by (1 + cos(π · share)) / 2
};
/// The rate of a step, counted from 0, before which this share of the training is done.
double learning_rate(const LearningRateSchedule& schedule, int64_t step, double share);

}  // namespace intertwiner
