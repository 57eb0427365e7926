// Counts the arithmetic that the operators really ask for, and notes at which shapes.
//
// After `count_work` the CPU's backend is one that counts each convolution and matrix product before doing it. So a
// network's arithmetic is not a second description of the network that could be wrong, and operators are timed at the
// shapes that a training step uses.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/backend/backend.h"

namespace intertwiner::bench {

enum class Pass : size_t { forward, data_gradient, weight_gradient };

/// One layer: a convolution by its shapes. A fully connected one has images of 1×1 pixels.
struct Layer {
  Shape x, w;  ///< N×H×W×C, K×R×S×C
  Conv2dGeometry geometry;
  std::array<int64_t, 3> calls = {};  ///< by Pass

  Shape y() const;
  /// Multiplications and additions of direct convolution, the same in all three passes.
  double flops() const;
  bool fully_connected() const { return x[1] == 1 && x[2] == 1 && w[1] == 1 && w[2] == 1; }
};

struct Work {
  double flops = 0;           ///< of all convolutions and matrix products
  std::vector<Layer> layers;  ///< in the order of their first call
  int64_t regions = 0;        ///< most that one RoIAlign cut
};

/// Begins to count, for as long as the program runs.
void count_work();

/// What `work` asks for.
Work counted(const std::function<void()>& work);

}  // namespace intertwiner::bench
