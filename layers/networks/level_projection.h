// Maps of equal depth without a pyramid (table 5): a 1×1 convolution projects each of the body's maps. A last map,
// every second pixel of the coarsest, is for proposals only.
#pragma once
#include <array>
#include <vector>

#include "layers/basic.h"

namespace intertwiner {

class LevelProjection {
 public:
  LevelProjection(const Scope& scope, const std::array<int64_t, 4>& in_channels, int64_t channels);
  /// P2..P6, finest first.
  std::array<Variable, 5> operator()(const std::array<Variable, 4>& maps) const;

 private:
  std::vector<Conv2d> projections_;
};

}  // namespace intertwiner
