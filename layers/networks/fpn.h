// Feature Pyramid Network (Lin et al., 2017): C2..C5 to P2..P5 of equal depth, coarse maps added to finer ones on the
// way down, and P6, every second pixel of P5, for proposals only.
#pragma once
#include <array>
#include <vector>

#include "layers/basic.h"

namespace intertwiner {

class FeaturePyramid {
 public:
  FeaturePyramid(const Scope& scope, const std::array<int64_t, 4>& in_channels, int64_t channels);
  /// P2..P6, finest first.
  std::array<Variable, 5> operator()(const std::array<Variable, 4>& maps) const;

 private:
  std::vector<Conv2d> lateral_, output_;  // inner_blocks (1×1) and layer_blocks (3×3), of P2..P5
};

}  // namespace intertwiner
