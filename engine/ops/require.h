// Checks that several operators share.
#pragma once
#include <string>

#include "engine/tensor.h"

namespace intertwiner {

/// Throws InternalError if an element of `index` (int32) is not below `count`: it would read or write beyond a tensor's
/// memory. Checks on the CPU only; on a GPU the host would have to wait for the device.
inline void require_below(const char* name, const Tensor& index, int64_t count) {
  if (index.device() != Device::cpu) return;
  for (int64_t r = 0; r < index.size(); ++r)
    if (index.data<int32_t>()[r] >= count)
      throw InternalError(std::string(name) + ": the index in row " + std::to_string(r) + " is " +
                          std::to_string(index.data<int32_t>()[r]) + ", not below " + std::to_string(count));
}

}  // namespace intertwiner
