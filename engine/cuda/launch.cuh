// Runs an index function over a grid of threads.
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

namespace intertwiner::cuda {

template <class Kernel>
__global__ void over_grid(Kernel kernel, int64_t count) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

template <class Kernel>
void launch_over_grid(const Kernel& kernel, int64_t count, cudaStream_t stream) {
  constexpr int64_t kThreads = 128, kMaxBlocks = 1 << 20;
  const int64_t blocks = std::min(kMaxBlocks, (count + kThreads - 1) / kThreads);
  over_grid<<<static_cast<unsigned>(blocks), static_cast<unsigned>(kThreads), 0, stream>>>(kernel, count);
}

}  // namespace intertwiner::cuda
