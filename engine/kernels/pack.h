// Neighbouring elements that an index function reads and writes at once. A GPU thread that moves only 2 bytes at a time
// wastes memory bandwidth.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner::kernels {

constexpr size_t kPackAlignment = 16;  ///< bytes that a GPU's thread moves at once

template <class T, int N>
struct alignas(N * sizeof(T) < kPackAlignment ? N * sizeof(T) : kPackAlignment) Pack {
  T at[N];
  INTERTWINER_HD const T& operator[](int64_t i) const { return at[i]; }
};
/// Number of elements of an index if memory is aligned (engine/backend/loop.h).
constexpr int kPack = 8;

/// Elements i·N up to (i + 1)·N − 1.
template <int N, class T>
INTERTWINER_HD Pack<T, N> read_pack(const T* from, int64_t i) {
  return reinterpret_cast<const Pack<T, N>*>(from)[i];
}
template <int N, class T>
INTERTWINER_HD void write_pack(T* to, int64_t i, const Pack<T, N>& pack) {
  reinterpret_cast<Pack<T, N>*>(to)[i] = pack;
}

}  // namespace intertwiner::kernels
