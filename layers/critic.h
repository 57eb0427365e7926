// The critic (3.1; 6.6, table 7): turns a region, 14×14×C, into one vector of features, so that small and large regions
// become comparable. The last ReLU comes before the sigmoid, so the features lie in [0.5, 1).
//
// Features from outside a detector may have another side: the second filter then covers all of the first one's result.
// Vectors are maps of side 1. A 3×3 filter would only read its centre there, so the filters are 1×1.
#pragma once
#include <optional>

#include "layers/make_up.h"

namespace intertwiner {

struct CriticShape {
  int64_t channels;      ///< C
  int64_t hidden;        ///< width between the convolutions
  int64_t features;      ///< of the output
  bool third = false;    ///< a third convolution, 1×1, features to features
  bool softmax = false;  ///< a softmax over the features instead of the sigmoid: they are then probabilities
  int64_t side = kRegionSide;
};

class Critic {
 public:
  Critic(const Scope& scope, const CriticShape& shape);
  /// R×side×side×C to R×features.
  Variable operator()(const Variable& regions, const NormPass& pass) const { return squash(raw(regions, pass)); }
  /// The features before the sigmoid, and the sigmoid (or softmax) alone.
  Variable raw(const Variable& regions, const NormPass& pass) const;
  Variable squash(const Variable& raw) const;

 private:
  ConvNorm first_, second_;
  std::optional<ConvNorm> third_;
  bool softmax_;
};

}  // namespace intertwiner
