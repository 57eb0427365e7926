// The make-up layer (3.1; 6.6, table 6): a 3×3 convolution, batch norm and ReLU, 14×14×C to 14×14×C. It restores the
// details that pooling loses in a small region.
//
// Vectors are maps of side 1. A 3×3 filter would only read its centre there, so the filter is 1×1.
#pragma once
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

}  // namespace intertwiner
