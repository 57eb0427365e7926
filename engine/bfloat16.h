// bfloat16: a float's sign, exponent and first 7 bits of fraction. Only memory holds it. A value is converted to float
// where it is read, and rounded to nearest, half to even, where it is written.
#pragma once
#include <cstdint>
#include <cstring>

#include "engine/host_device.h"

namespace intertwiner {

struct Bfloat16 {
  uint16_t bits = 0;

  Bfloat16() = default;
  INTERTWINER_HD Bfloat16(float value) {
    uint32_t word = 0;
    std::memcpy(&word, &value, sizeof word);
    const bool is_number = (word & 0x7fffffffu) <= 0x7f800000u;
    bits = static_cast<uint16_t>(is_number ? (word + 0x7fffu + (word >> 16 & 1)) >> 16 : word >> 16 | 0x40);
  }
  INTERTWINER_HD operator float() const {
    const uint32_t word = static_cast<uint32_t>(bits) << 16;
    float value = 0;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

namespace kernels {

template <class T>
struct ComputeOf {
  using type = T;
};
template <>
struct ComputeOf<Bfloat16> {
  using type = float;
};
/// The type in which index functions compute with elements of type T.
template <class T>
using Compute = typename ComputeOf<T>::type;

}  // namespace kernels
}  // namespace intertwiner
