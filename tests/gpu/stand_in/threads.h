// CUDA's kernel language for the C++ compiler: a kernel is a function that runs once for each thread of the grid. The
// compiler is given this file first (-include).
#pragma once
#include <cstdint>

#define __shared__ static  // threads of one block run at a time
#define __grid_constant__
#define __launch_bounds__(threads)

/// The running thread's place in the grid.
struct ThreadIndex {
  unsigned x = 0;
};
inline ThreadIndex gridDim, blockDim, blockIdx, threadIdx;

namespace intertwiner::stand_in {

/// Waits for the other threads of the warp, or of the block.
void wait_for_warp();
void wait_for_block();
/// What thread `lane` of the warp gives. All threads of the warp must call it.
uint64_t exchange_in_warp(uint64_t value, int lane);

}  // namespace intertwiner::stand_in

inline void __syncwarp() { intertwiner::stand_in::wait_for_warp(); }
inline void __syncthreads() { intertwiner::stand_in::wait_for_block(); }
inline void __threadfence() {}  // threads run one after the other
inline unsigned atomicInc(unsigned* counter, unsigned max) {
  const unsigned before = *counter;
  *counter = before >= max ? 0 : before + 1;
  return before;
}
template <class T>
T __shfl_sync(unsigned, T value, int lane) {
  static_assert(sizeof(T) <= 8);
  return static_cast<T>(intertwiner::stand_in::exchange_in_warp(static_cast<uint64_t>(value), lane));
}
