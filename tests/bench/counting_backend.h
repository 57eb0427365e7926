// A CPU backend that counts the arithmetic of convolutions and matrix products and records their shapes.
//
// `count_work` installs it. So the arithmetic of a network is measured, not computed from a second description that
// could be wrong, and operators are timed at the shapes of a training step.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/backend/backend.h"

namespace intertwiner::bench {

enum class Pass : size_t { forward, data_gradient, weight_gradient };

/// A convolution with its shapes. A fully connected layer has maps of 1×1 px.
struct Layer {
  Shape x, w;  ///< N×H×W×C, K×R×S×C
  Conv2dGeometry geometry;
  std::array<int64_t, 3> calls = {};  ///< indexed by Pass

  Shape y() const;
  /// Operations of a direct convolution, the same in all three passes.
  double flops() const;
  bool fully_connected() const { return x[1] == 1 && x[2] == 1 && w[1] == 1 && w[2] == 1; }
};

struct Work {
  double flops = 0;           ///< of all convolutions and matrix products
  std::vector<Layer> layers;  ///< in the order of their first call
  int64_t regions = 0;        ///< the largest number of regions in one RoIAlign
};

/// Installs the counting backend until the program ends.
void count_work();

/// Runs `work` and returns what was counted.
Work counted(const std::function<void()>& work);

}  // namespace intertwiner::bench
