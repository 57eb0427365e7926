// The device of a model, and the type of its maps there.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// With `bfloat16`, maps and the factors of products are bfloat16, for a GPU's tensor cores. Weights, batch norm
/// statistics and losses stay float32.
struct Placement {
  Device device = Device::cpu;
  bool bfloat16 = false;

  /// The type of maps, where everything else is of type `full`.
  DType map_type(DType full = DType::float32) const { return bfloat16 ? DType::bfloat16 : full; }

  Placement(Device on = Device::cpu, bool bfloat16_maps = false) : device(on), bfloat16(bfloat16_maps) {}
};

}  // namespace intertwiner
