// Index functions by the name of their type, each with the function that runs it over a grid. An operator hands over an
// index function without its type (IndexFunction, engine/backend/backend.h); its kernel was compiled with the module. A
// room that has index functions of its own adds them in a file launch_table.cu, when the module is opened.
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
