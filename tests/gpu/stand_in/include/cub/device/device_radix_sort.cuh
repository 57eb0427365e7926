// The stand-in's CUB: a stable sort of pairs by the bits [begin_bit, end_bit) of their keys.
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "engine/cuda/launch.cuh"

namespace cub {

struct DeviceRadixSort {
  template <class Key, class Value>
  static cudaError_t SortPairs(void* workspace, size_t& bytes, const Key* keys, Key* sorted_keys, const Value* values,
                               Value* sorted_values, int64_t count, int begin_bit, int end_bit, cudaStream_t stream) {
    if (!workspace) {
      bytes = 256;
      return cudaSuccess;
    }
    const auto sort = [=] {
      const auto bits = [=](Key key) { return key << (64 - end_bit) >> (64 - end_bit + begin_bit); };
      std::vector<int64_t> order(static_cast<size_t>(count));
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return bits(keys[a]) < bits(keys[b]); });
      for (int64_t i = 0; i < count; ++i) {
        sorted_keys[i] = keys[order[static_cast<size_t>(i)]];
        sorted_values[i] = values[order[static_cast<size_t>(i)]];
      }
    };
    intertwiner::cuda::emulate({{}, sort}, 1, 1, stream);
    return cudaSuccess;
  }
};

}  // namespace cub
