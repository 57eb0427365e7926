// The two networks through which small and large regions become comparable (3.1; 6.6, tables 6 and 7).
//
//   make-up   14×14×C → 14×14×C    puts back into a small region what pooling lost
//   critic    14×14×C → features   a region as one vector; the ReLU is before the sigmoid, so they lie in [0.5, 1)
//
// Other sides than 14 are for features that are not a detector's: the critic's second filter covers what its first
// leaves of the map. Vectors are maps of side 1, on which 3×3 filters have nothing but their middle to read: they are
// 1×1 there.
#pragma once
#include <optional>

#include "layers/basic.h"

namespace intertwiner {

constexpr int64_t kRegionSide = 14;  ///< side of a pooled region

class MakeUp {
 public:
  MakeUp(const Scope& scope, int64_t channels, int64_t side = kRegionSide);
  /// R×side×side×C to the same.
  Variable operator()(const Variable& regions, const NormPass& pass) const;

 private:
  ConvNorm conv_;
};

struct CriticShape {
  int64_t channels;      ///< C
  int64_t hidden;        ///< width between the convolutions
  int64_t features;      ///< of the output
  bool third = false;    ///< a third convolution, 1×1, features to features
  bool softmax = false;  ///< over the features, in the sigmoid's place: they are probabilities then
  int64_t side = kRegionSide;
};

class Critic {
 public:
  Critic(const Scope& scope, const CriticShape& shape);
  /// R×side×side×C to R×features.
  Variable operator()(const Variable& regions, const NormPass& pass) const { return squash(raw(regions, pass)); }
  /// The features before the sigmoid, and what makes them the critic's.
  Variable raw(const Variable& regions, const NormPass& pass) const;
  Variable squash(const Variable& raw) const;

 private:
  ConvNorm first_, second_;
  std::optional<ConvNorm> third_;
  bool softmax_;
};

}  // namespace intertwiner
