// The intertwiner's loss (3.2, eq. 3): the mean distance of each less reliable feature from the representative of its
// class, which the class buffer keeps.
#pragma once
#include "engine/ops/distance.h"
#include "layers/class_buffer.h"

namespace intertwiner {

struct FeatureSet {
  Variable features;
  Tensor labels;  ///< N int32; −1: of no class
};

/// How features are compared with their class's representative (tables 2b, 2e).
struct Comparison {
  Distance distance = Distance::l2;  ///< kl, mean_kl: of probabilities; a critic then ends in a softmax
  bool buffer_gradient = false;      ///< the representatives pass gradient on to this call's reliable features
};

/// One iteration of 3.2: `reliable` enters the buffer, then eq. 3, the mean distance of each of `less_reliable` whose
/// class has a representative. Labels are rows of the buffer, and in range; features N×D.
Variable intertwiner_loss(const ClassBuffer& buffer, const FeatureSet& reliable, const FeatureSet& less_reliable,
                          const Comparison& comparison);

}  // namespace intertwiner
