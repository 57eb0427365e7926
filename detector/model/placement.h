// Where a model lies, and what its maps are made of there.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// With `bfloat16`, maps and the factors of products are of bfloat16, as a GPU's tensor cores want them; weights,
/// statistics, losses and what these are made from are float32 all the same.
struct Placement {
  Device device = Device::cpu;
  bool bfloat16 = false;

  /// Of maps, where all else is of type `full`.
  DType map_type(DType full = DType::float32) const { return bfloat16 ? DType::bfloat16 : full; }

  Placement(Device on = Device::cpu, bool bfloat16_maps = false) : device(on), bfloat16(bfloat16_maps) {}
};

}  // namespace intertwiner
