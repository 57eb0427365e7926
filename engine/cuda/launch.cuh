// How an index function becomes a kernel: included where tables of them are filled (launch_table.h).
#pragma once
#include <algorithm>
#include <typeinfo>

#include "engine/cuda/launch_table.h"

namespace intertwiner::cuda {

template <class Kernel>
__global__ void over_grid(Kernel kernel, int64_t count) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

template <class Kernel>
void run_over_grid(const void* function, int64_t count, cudaStream_t stream) {
  constexpr int64_t kThreads = 128, kMostBlocks = 1 << 20;
  const int64_t blocks = std::min(kMostBlocks, (count + kThreads - 1) / kThreads);
  over_grid<<<static_cast<unsigned>(blocks), static_cast<unsigned>(kThreads), 0, stream>>>(
      *static_cast<const Kernel*>(function), count);
}

template <class... Kernels>
void add(LaunchTable& table) {
  (table.emplace(typeid(Kernels).name(), run_over_grid<Kernels>), ...);
}

}  // namespace intertwiner::cuda
