// Runs two index functions one after the other in one launch (engine/kernels/then.h).
//
// Each block runs its part of the first loop, makes the results visible to all blocks, and counts itself as done. The
// block that counts last runs the second loop. So the order of every sum is the same each time. Launches in one stream
// do not overlap, so one counter is enough; the last block sets it back to 0.
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "engine/cuda/launch.cuh"
#include "engine/kernels/then.h"

namespace intertwiner::cuda {

constexpr int kThenThreads = 512;
static __device__ unsigned blocks_done = 0;

template <class First, class Second>
__global__ void __launch_bounds__(kThenThreads)
    over_grid_then(const __grid_constant__ kernels::Then<First, Second> loops) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < loops.first_count; i += step)
    loops.first(i);
  __threadfence();
  __syncthreads();
  __shared__ bool is_last;
  if (threadIdx.x == 0) {
    is_last = atomicInc(&blocks_done, gridDim.x - 1) == gridDim.x - 1;
    __threadfence();
  }
  __syncthreads();
  if (!is_last) return;
  for (int64_t i = threadIdx.x; i < loops.second_count; i += blockDim.x) loops.second(i);
}

template <class First, class Second>
void run_then(const void* function, int64_t, cudaStream_t stream) {
  constexpr int64_t kMaxBlocks = 1 << 20;
  const auto& loops = *static_cast<const kernels::Then<First, Second>*>(function);
  const int64_t blocks = std::clamp<int64_t>((loops.first_count + kThenThreads - 1) / kThenThreads, 1, kMaxBlocks);
  launch_kernel(over_grid_then<First, Second>, blocks, kThenThreads, stream, loops);
}

}  // namespace intertwiner::cuda
