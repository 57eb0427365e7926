// Alignment to 16 bytes, which cuDNN's plans require and cuBLAS needs for tensor cores.
#pragma once
#include "engine/tensor.h"

namespace intertwiner::cuda {

inline bool on_16_bytes(const Tensor& t) { return reinterpret_cast<uintptr_t>(t.raw(Device::cuda)) % 16 == 0; }

/// The tensor, or an aligned copy. A parameter or a slice of a map may be unaligned.
inline Tensor aligned(const Tensor& t) { return on_16_bytes(t) ? t : t.clone(); }

}  // namespace intertwiner::cuda
