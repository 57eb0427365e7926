// The kernels of micro_kernels.h, for the instruction set that the including file is compiled for.
#include <utility>

#include "engine/x86/micro_kernels.h"
#include "engine/x86/simd.h"
#include "engine/x86/winograd_transforms.inl"

namespace intertwiner::cpu::x86::INTERTWINER_ISA {
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
inline __attribute__((always_inline)) void add_stored(typename Simd<T>::Register (&sums)[kTileRows][2], const T* out,
                                                      int64_t stride) {
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    sums[i][0] = Simd<T>::load(out + i * stride) + sums[i][0];
    sums[i][1] = Simd<T>::load(out + i * stride + Simd<T>::kLanes) + sums[i][1];
  }
}

template <class T>
inline __attribute__((always_inline)) void store(const typename Simd<T>::Register (&sums)[kTileRows][2], T* out,
                                                 int64_t stride) {
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    Simd<T>::store(out + i * stride, sums[i][0]);
    Simd<T>::store(out + i * stride + Simd<T>::kLanes, sums[i][1]);
  }
}

template <class T>
inline __attribute__((always_inline)) void stream(const typename Simd<T>::Register (&sums)[kTileRows][2], T* out,
                                                  int64_t stride) {
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
    Simd<T>::stream(out + i * stride, sums[i][0]);
    Simd<T>::stream(out + i * stride + Simd<T>::kLanes, sums[i][1]);
  }
}

template <class T>
inline __attribute__((always_inline)) void finish(typename Simd<T>::Register (&sums)[kTileRows][2],
                                                  const Epilogue<T>& epilogue, int64_t stride) {
  constexpr int kLanes = Simd<T>::kLanes;
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const int first = half * kLanes;
    if (epilogue.scale) {
      const auto scale = Simd<T>::load(epilogue.scale + first);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) sums[i][half] = sums[i][half] * scale;
    }
    if (epilogue.shift) {
      const auto shift = Simd<T>::load(epilogue.shift + first);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) sums[i][half] = sums[i][half] + shift;
    }
    if (epilogue.residual) {
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i)
        sums[i][half] = sums[i][half] + Simd<T>::load(epilogue.residual + i * stride + first);
    }
    if (epilogue.relu) {
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) sums[i][half] = Simd<T>::relu(sums[i][half]);
    }
  }
}

// While this tile is summed, prefetches the result's memory and, line by line, the rows of the next tile.
template <class T>
void gather(const GatherTile<T>& tile) {
  constexpr int64_t kLine = 64 / sizeof(T);
  typename Simd<T>::Register sums[kTileRows][2];
  clear<T>(sums);
  if (!tile.stream) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
      __builtin_prefetch(tile.out + i * tile.out_stride, 1);
      __builtin_prefetch(tile.out + i * tile.out_stride + 2 * Simd<T>::kLanes - 1, 1);
    }
  }
  const T* columns = tile.panel;
  for (int64_t t = 0; t < tile.taps; ++t) {
    const T* rows[kTileRows];
    const T* const* next = tile.next_rows + t * kTileRows;
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) rows[i] = tile.rows[t * kTileRows + i];
    for (int64_t begin = 0; begin < tile.channels; begin += kLine) {
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) __builtin_prefetch(next[i] + begin);
      const int64_t end = begin + kLine < tile.channels ? begin + kLine : tile.channels;
      for (int64_t c = begin; c < end; ++c, columns += 2 * Simd<T>::kLanes)
        step<T>(sums, columns, [&](int i) { return rows[i] + c; });
    }
  }
  if (tile.accumulate) add_stored<T>(sums, tile.out, tile.out_stride);
  finish<T>(sums, tile.epilogue, tile.out_stride);
  if (tile.stream)
    stream<T>(sums, tile.out, tile.out_stride);
  else
    store<T>(sums, tile.out, tile.out_stride);
}

template <class T>
void outer(const OuterTile<T>& tile) {
  typename Simd<T>::Register sums[kTileRows][2];
  clear<T>(sums);
  const T *left = tile.left, *right = tile.right, *fetch = tile.fetch;
  for (int64_t p = 0; p < tile.count; ++p, fetch += 64 / sizeof(T)) {
    __builtin_prefetch(fetch, 0, 2);
    step<T>(sums, right, [&](int i) { return left + i; });
    left += tile.left_stride;
    right += tile.right_stride;
  }
  add_stored<T>(sums, tile.out, 2 * Simd<T>::kLanes);
  store<T>(sums, tile.out, 2 * Simd<T>::kLanes);
}

template <class T>
void copy(const CopyTile<T>& tile) {
  T* out = tile.out;
  for (int64_t p = 0; p < tile.count; ++p, out += tile.stride) {
    const T* row = tile.rows[p] + tile.column;
    Simd<T>::store(out, Simd<T>::load(row));
    Simd<T>::store(out + Simd<T>::kLanes, Simd<T>::load(row + Simd<T>::kLanes));
  }
}

// Interleaves the lower (or upper) halves of two registers.
template <class V, size_t... I>
inline __attribute__((always_inline)) V interleaved(V a, V b, size_t first, std::index_sequence<I...>) {
  constexpr int kLanes = sizeof...(I);
  if (first == 0) return __builtin_shufflevector(a, b, (I % 2 * kLanes + I / 2)...);
  return __builtin_shufflevector(a, b, (I % 2 * kLanes + I / 2 + kLanes / 2)...);
}

// log2(lanes) rounds transpose a square of registers. Each round interleaves row i with row i + lanes/2.
template <class T>
void pack(const PackTile<T>& tile) {
  constexpr int kLanes = Simd<T>::kLanes;
  using V = typename Simd<T>::Register;
  for (int64_t c = 0; c < tile.channels; c += kLanes)
    for (int half = 0; half < 2; ++half) {
      V square[kLanes];
#pragma GCC unroll 16
      for (int j = 0; j < kLanes; ++j) {
        const int64_t row = half * kLanes + j;
        square[j] = row < tile.valid ? Simd<T>::load(tile.rows + row * tile.stride + c) : Simd<T>::zero();
      }
#pragma GCC unroll 4
      for (int round = 1; round < kLanes; round *= 2) {
        V next[kLanes];
#pragma GCC unroll 16
        for (int i = 0; i < kLanes / 2; ++i) {
          next[2 * i] = interleaved(square[i], square[i + kLanes / 2], 0, std::make_index_sequence<kLanes>());
          next[2 * i + 1] = interleaved(square[i], square[i + kLanes / 2], 1, std::make_index_sequence<kLanes>());
        }
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) square[i] = next[i];
      }
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        if (c + i < tile.channels) Simd<T>::store(tile.out + (c + i) * 2 * kLanes + half * kLanes, square[i]);
    }
}

template <class T>
constexpr MicroKernels<T> kTable = {.tile_rows = kTileRows,
                                    .tile_columns = 2 * Simd<T>::kLanes,
                                    .pack = pack<T>,
                                    .gather = gather<T>,
                                    .outer = outer<T>,
                                    .copy = copy<T>,
                                    .winograd = kTransforms<T>};

}  // namespace

const MicroKernels<float>& float_kernels() { return kTable<float>; }
const MicroKernels<double>& double_kernels() { return kTable<double>; }

}  // namespace intertwiner::cpu::x86::INTERTWINER_ISA
