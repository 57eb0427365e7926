#include "engine/finite.h"

#include <atomic>
#include <bit>

#include "engine/parallel.h"

namespace intertwiner {

bool is_finite(const Tensor& tensor) {
  if (tensor.dtype() != DType::float32) return true;
  const float* values = tensor.data<float>();
  std::atomic<bool> finite = true;
  parallel_chunks(tensor.size(), 1 << 16, [&](int64_t begin, int64_t end) {
    uint32_t has_all_exponent_bits = 0;
    for (int64_t i = begin; i < end; ++i) {
      const uint32_t exponent = std::bit_cast<uint32_t>(values[i]) & 0x7F800000u;
      has_all_exponent_bits |= exponent == 0x7F800000u;
    }
    if (has_all_exponent_bits) finite = false;
  });
  return finite;
}

}  // namespace intertwiner
