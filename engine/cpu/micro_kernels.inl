// The kernels of micro_kernels.h, for the instruction set that the including file is compiled for.
#include "engine/cpu/micro_kernels.h"
#include "engine/cpu/simd.h"
#include "engine/cpu/winograd_transforms.inl"

namespace intertwiner::INTERTWINER_ISA {
namespace {

// One step of the reduction: a row of the panel times one element of each row.
template <class T, class Element>
inline __attribute__((always_inline)) void step(typename Simd<T>::Register (&sums)[kTileRows][2], const T* columns,
                                                const Element& element) {
  const auto left = Simd<T>::load(columns), right = Simd<T>::load(columns + Simd<T>::kLanes);
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    const auto a = Simd<T>::broadcast(element(i));
    sums[i][0] = Simd<T>::fma(a, left, sums[i][0]);
    sums[i][1] = Simd<T>::fma(a, right, sums[i][1]);
  }
}

template <class T>
inline __attribute__((always_inline)) void clear(typename Simd<T>::Register (&sums)[kTileRows][2]) {
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) sums[i][0] = sums[i][1] = Simd<T>::zero();
}

template <class T>
inline __attribute__((always_inline)) void store(const typename Simd<T>::Register (&sums)[kTileRows][2], T* out,
                                                 int64_t stride, bool accumulate) {
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    T* row = out + i * stride;
    auto left = sums[i][0], right = sums[i][1];
    if (accumulate) {
      left = Simd<T>::add(Simd<T>::load(row), left);
      right = Simd<T>::add(Simd<T>::load(row + Simd<T>::kLanes), right);
    }
    Simd<T>::store(row, left);
    Simd<T>::store(row + Simd<T>::kLanes, right);
  }
}

template <class T>
void gather(const GatherTile<T>& tile) {
  typename Simd<T>::Register sums[kTileRows][2];
  clear<T>(sums);
  const T* columns = tile.panel;
  for (int64_t t = 0; t < tile.taps; ++t) {
    const T* rows[kTileRows];
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) rows[i] = tile.rows[t * kTileRows + i];
    for (int64_t c = 0; c < tile.channels; ++c, columns += 2 * Simd<T>::kLanes)
      step<T>(sums, columns, [&](int i) { return rows[i] + c; });
  }
  store<T>(sums, tile.out, tile.out_stride, tile.accumulate);
}

template <class T>
void outer(const OuterTile<T>& tile) {
  typename Simd<T>::Register sums[kTileRows][2];
  clear<T>(sums);
  const T* left = tile.left;
  for (int64_t p = 0; p < tile.count; ++p, left += kTileRows)
    step<T>(sums, tile.rows[p] + tile.column, [&](int i) { return left + i; });
  store<T>(sums, tile.out, tile.out_stride, true);
}

template <class T>
constexpr MicroKernels<T> kTable = {kTileRows, 2 * Simd<T>::kLanes, gather<T>, outer<T>, kTransforms<T>};

}  // namespace

const MicroKernels<float>& float_kernels() { return kTable<float>; }
const MicroKernels<double>& double_kernels() { return kTable<double>; }

}  // namespace intertwiner::INTERTWINER_ISA
