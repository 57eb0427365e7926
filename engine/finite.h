// Whether a tensor has only finite values.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// False if a value is NaN or infinite. Only float32 and float64 tensors on the CPU are looked at.
bool is_finite(const Tensor& tensor);

}  // namespace intertwiner
