// Updates of the parameters, as in PyTorch: stochastic gradient descent with momentum, or AdamW (Loshchilov and Hutter,
// 2019). Both clip the gradient first.
//
//           g ← g · min(1, clip / (|g| + 1e-6))                    |g| over all parameters together
//   SGD:    v ← momentum · v + g + decay · w,   w ← w − rate · v
//   AdamW:  v ← β₁ v + (1 − β₁) g,   s ← β₂ s + (1 − β₂) g²        β₁ is `momentum`, β₂ is 0.999
//           w ← w − rate · (decay · w + v / (1 − β₁ᵗ) / (√(s / (1 − β₂ᵗ)) + 1e-8))   at step t, counted from 1
//
// Some parameters do not decay. The values of all parameters lie in one slab, their gradients in a second, v in a
// third, s in a fourth. So an update is one pass over these arrays. On a GPU with bfloat16 maps the same pass writes
// the weights' bfloat16 copies, one more slab.
#pragma once
#include <optional>
#include <vector>

#include "engine/update_rule.h"
#include "engine/variable.h"

namespace intertwiner {

struct OptimisedParameter {
  Variable variable;
  bool decays;
};

struct OptimiserOptions {
  UpdateRule rule = UpdateRule::sgd;
  double momentum = 0.9, weight_decay = 1e-4;
  double clip_norm = 5;          ///< 0: no clipping
  bool bfloat16_copies = false;  ///< keep a copy of each parameter in bfloat16 (Variable::set_copy)
};

/// One of `count` equal parts of the slabs. Several processes share the update, each that of its part, and then send
/// each other the new values (ZeRO's first stage; Rajbhandari et al., 2020).
struct SlabPart {
  int64_t index = 0, count = 1;

  /// The first element of part `index` of `count` in slabs of `size` elements.
  int64_t begin(int64_t size) const { return size * index / count; }
  int64_t end(int64_t size) const { return size * (index + 1) / count; }
  Tensor of(const Tensor& slab) const { return slab.slice(begin(slab.size()), end(slab.size())); }
};

class Optimiser {
 public:
  /// Moves the parameters' values into a slab, and their gradients into another. `updated` is the part that `step`
  /// updates; only this part has v and s.
  Optimiser(const std::vector<OptimisedParameter>& parameters, const OptimiserOptions& options,
            const SlabPart& updated = {});

  /// Computes the parameters' gradients of `loss` in place of the earlier ones; 0 if the loss does not depend on one.
  /// Use this instead of the free `backward`, which adds to them.
  void backward(const Variable& loss) const;
  /// Euclidean norm of all gradients together, before clipping: one value, float64.
  Tensor gradient_norm() const;
  /// What an update at step t = `step` + 1 needs of the rate: one number for SGD, three for AdamW; float64, on the CPU.
  Tensor rate_at(int64_t step, double rate) const;
  /// One update. `rate` is the result of rate_at, `norm` that of gradient_norm, both on the parameters' device. Nothing
  /// changes if the norm or the loss (one value) is not finite, so the host need not check them first.
  void step(const Tensor& rate, const Tensor& norm, const Tensor& loss = {}) const;
  /// The same with a rate on the host. `step`: the number of updates before this one. AdamW throws InternalError
  /// without it.
  void step(double rate, const Tensor& norm, const Tensor& loss = {}, std::optional<int64_t> step = {}) const;

  /// Makes the bfloat16 copies again. Call this after other code has changed values in place.
  void refresh_copies() const;

  const SlabPart& updated() const { return updated_; }
  /// The parameters' values, in their order.
  const Tensor& values() const { return values_; }
  /// Their gradients, in the same order.
  const Tensor& gradients() const { return gradients_; }
  /// v, and s of AdamW, of the part that this optimiser updates, in the same order. A checkpoint stores them.
  const std::vector<Tensor>& moments() const { return moments_; }

 private:
  OptimiserOptions options_;
  SlabPart updated_;
  std::vector<Variable> parameters_;
  Tensor values_, gradients_;
  std::vector<Tensor> moments_;
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
