// The critic H of the alignment (3.3): turns a map into C vectors, between which transport has a cost. Two 3×3
// convolutions of stride 2 with batch norm and ReLU, then a mean to 8×8: each channel becomes a vector of 64.
#pragma once
#include "layers/basic.h"

namespace intertwiner {

class TransportCritic {
 public:
  TransportCritic(const Scope& scope, int64_t channels);
  /// N×H×W×C to N×C×64.
  Variable operator()(const Variable& map, Pass pass) const;

 private:
  ConvNorm first_, second_;
};

}  // namespace intertwiner
