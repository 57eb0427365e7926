#include "engine/finite.h"

#include <atomic>
#include <bit>
#include <limits>
#include <type_traits>

#include "engine/parallel.h"

namespace intertwiner {
namespace {

/// NaN and infinity are the numbers with all bits of the exponent set.
template <class T>
bool are_finite(const Tensor& tensor) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  constexpr Bits kExponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  const T* values = tensor.data<T>();
  std::atomic<bool> finite = true;
  parallel_chunks(tensor.size(), 1 << 16, [&](int64_t begin, int64_t end) {
    Bits has_full_exponent = 0;
    for (int64_t i = begin; i < end; ++i)
      has_full_exponent |= (std::bit_cast<Bits>(values[i]) & kExponent) == kExponent;
    if (has_full_exponent) finite = false;
  });
  return finite;
}

}  // namespace

bool is_finite(const Tensor& tensor) {
  if (tensor.dtype() == DType::float32) return are_finite<float>(tensor);
  return tensor.dtype() != DType::float64 || are_finite<double>(tensor);
}

}  // namespace intertwiner
