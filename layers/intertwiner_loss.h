// The intertwiner's loss (3.2, eq. 3): the mean distance of the less reliable features from the representatives of
// their classes, which the class buffer keeps.
#pragma once
#include "engine/ops/distance.h"
#include "layers/class_buffer.h"

namespace intertwiner {

struct FeatureSet {
  Variable features;
  Tensor labels;  ///< N int32; −1: of no class
};

/// How features are compared with the representative of their class (tables 2b, 2e).
struct Comparison {
  Distance distance = Distance::l2;  ///< kl, mean_kl: features are probabilities, and the critic ends in a softmax
  bool buffer_gradient = false;      ///< representatives pass the gradient on to this call's reliable features
};

/// One iteration of 3.2: puts `reliable` into the buffer, then computes eq. 3, the mean over those of `less_reliable`
/// whose class has a representative. Labels are valid rows of the buffer; features are N×D.
Variable intertwiner_loss(const ClassBuffer& buffer, const FeatureSet& reliable, const FeatureSet& less_reliable,
                          const Comparison& comparison);

}  // namespace intertwiner
