// Neighbouring elements that an index function reads and writes at once. A GPU's thread that moves 2 bytes at a time
// uses little of the memory's bandwidth.
#pragma once
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner::kernels {

template <class T, int N>
struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) Pack {
  T at[N];
};
/// Elements that an index takes where memory is aligned for it (with_pack, engine/backend/loop.h).
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
