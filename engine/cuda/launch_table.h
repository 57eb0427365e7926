// Index functions by type name, each with the function that runs it over a grid. An operator passes an index function
// without its C++ type (IndexFunction, engine/backend/backend.h); this table finds the kernel that was compiled for it.
// Each room lists its index functions in a file launch_table.cu. They are added when the module is opened.
#pragma once
#include <cuda_runtime.h>

#include <map>
#include <string_view>

#include "engine/backend/backend.h"

namespace intertwiner::cuda {

using Launcher = void (*)(const void* function, int64_t count, cudaStream_t stream);
using LaunchTable = std::map<std::string_view, Launcher>;

LaunchTable& launch_table();

}  // namespace intertwiner::cuda
