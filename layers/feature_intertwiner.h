// The feature intertwiner (3.1, 3.2) for any features: it moves the less reliable features of samples (small, blurred,
// noisy) towards the reliable features of their class. No detector is needed.
//
//   Parameters parameters(1);                                             // seed of the initial values
//   const FeatureIntertwiner intertwiner(Scope(parameters), {.classes = 10, .channels = 64});
//
//   Variable blurred(Tensor::from(my_floats, {n, 64}), true);             // n rows; true: requires a gradient
//   const Variable refined = intertwiner.refine(blurred, Pass::training);  // n×1,024; also for your own classifier
//   const Variable loss = intertwiner.loss({sharp, sharp_labels}, {refined, blurred_labels});
//   backward(loss);                                                       // blurred.grad().to_vector<float>()
//
// Features are vectors N×K, or maps N×S×S×C with `side` S. Labels are N int32 (Tensor::from<int32_t>): a class, or −1
// for no class. The reliable features go through the critic into the class buffer, which keeps the mean of each class
// over all calls. So the two sets of one call need not have common classes, and each may be empty. The less reliable
// features go through make-up layer and critic, and are compared with the mean of their class.
//
// `parameters` holds the learned parameters (for engine/optimiser.h) and the buffer, by name, for files of tensors. The
// loss is also 0 if all features are equal. So add a loss that separates the classes, best on the refined features
// (4.1). The alignment of two sets by optimal transport is in layers/optimal_transport.h.
#pragma once
#include <optional>

#include "layers/critic.h"
#include "layers/intertwiner_loss.h"
#include "layers/make_up.h"

namespace intertwiner {

struct FeatureIntertwinerOptions {
  int64_t classes = 0;
  int64_t channels = 0;                ///< K, or C of maps
  int64_t side = 1;                    ///< S; 1: vectors
  bool networks = true;                ///< false: no make-up, no critic; features are compared as they are
  int64_t hidden = 512, width = 1024;  ///< of the critic; `width` is that of refined features
  bool third = false;                  ///< the critic's third convolution
  BufferHistory history = {};
  Comparison comparison = {};
};

class FeatureIntertwiner {
 public:
  /// Throws UserError for sizes that are not positive.
  FeatureIntertwiner(const Scope& scope, const FeatureIntertwinerOptions& options);

  /// Less reliable features as the loss compares them, N×width; without networks N×(S·S·C).
  Variable refine(const Variable& less_reliable, Pass pass) const;

  /// Puts `reliable` into the buffer. Returns the mean distance between `refined` (results of `refine`) and the
  /// representatives. If there is nothing to compare, that is 0 and may be a constant: add other losses before
  /// `backward`. Throws UserError for wrong shapes and labels.
  Variable loss(const FeatureSet& reliable, const FeatureSet& refined) const;

  /// The mean of all reliable features of each class, classes×width. Zeros for a class without features.
  Tensor representatives(DType type = DType::float32) const { return buffer_.representatives(type); }

 private:
  FeatureIntertwinerOptions options_;
  std::optional<MakeUp> make_up_;
  std::optional<Critic> critic_;
  ClassBuffer buffer_;
};

}  // namespace intertwiner
