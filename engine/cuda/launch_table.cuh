// Adds index functions to the table of kernels (launch_table.h).
#pragma once
#include <typeinfo>

#include "engine/cuda/launch.cuh"
#include "engine/cuda/launch_table.h"

namespace intertwiner::cuda {

template <class Kernel>
void run_over_grid(const void* function, int64_t count, cudaStream_t stream) {
  launch_over_grid(*static_cast<const Kernel*>(function), count, stream);
}

template <class... Kernels>
void add(LaunchTable& table) {
  (table.emplace(typeid(Kernels).name(), run_over_grid<Kernels>), ...);
}

}  // namespace intertwiner::cuda
