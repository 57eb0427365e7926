// Launches of kernels. The C++ compiler compiles kernels too, for a stand-in of CUDA (tests/gpu/stand_in/).
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace intertwiner::cuda {

#ifndef __CUDACC__
/// A kernel without its C++ type.
struct EmulatedKernel {
  std::vector<std::span<const std::byte>> arguments;  ///< valid during the call
  std::function<void()> thread;                       ///< what a thread does
};
/// Runs the kernel on a grid when the stream's earlier work is done. The stand-in defines it.
void emulate(const EmulatedKernel& kernel, int64_t blocks, int64_t threads, cudaStream_t stream);
#endif

/// Runs kernel(arguments...) on `blocks` blocks of `threads` threads.
template <class... Parameters>
void launch_kernel(void (*kernel)(Parameters...), int64_t blocks, int64_t threads, cudaStream_t stream,
                   const Parameters&... arguments) {
#ifdef __CUDACC__
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), 0, stream>>>(arguments...);
#else
  emulate({{std::as_bytes(std::span(&arguments, 1))...}, [=] { kernel(arguments...); }}, blocks, threads, stream);
#endif
}

template <class Kernel>
__global__ void over_grid(const __grid_constant__ Kernel kernel, int64_t count) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

/// Calls the index function for every index.
template <class Kernel>
void launch_over_grid(const Kernel& kernel, int64_t count, cudaStream_t stream) {
  constexpr int64_t kThreads = 128, kMaxBlocks = 1 << 20;
  const int64_t blocks = std::min(kMaxBlocks, (count + kThreads - 1) / kThreads);
  launch_kernel(over_grid<Kernel>, blocks, kThreads, stream, kernel, count);
}

}  // namespace intertwiner::cuda
