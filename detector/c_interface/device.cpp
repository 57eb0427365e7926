#include "detector/c_interface/device.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "detector/c_interface/call.h"
#include "engine/backend/cuda_module.h"

namespace intertwiner::c_interface {
namespace {

constexpr int32_t kMaxThreads = 1024;

/// The folder of the GPU's module: where it is installed or built, as seen from this library; else beside the library.
std::filesystem::path module_folder() {
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&intertwiner_version), &library) == 0) return {};
  const std::filesystem::path folder = std::filesystem::absolute(library.dli_fname).parent_path();
  for (const char* place : {INTERTWINER_MODULE_FOLDER, "../../engine/cuda"})
    if (std::filesystem::exists(folder / place / kCudaModule)) return folder / place;
  return folder;
}

}  // namespace

std::unique_lock<std::recursive_mutex> lock_device(Device device) {
  static std::recursive_mutex mutex;
  return device == Device::cpu ? std::unique_lock<std::recursive_mutex>() : std::unique_lock(mutex);
}

void open_device(Device device) {
  if (!has_backend(device)) open_cuda({}, module_folder());
}

Device device_of(int32_t option) {
  require(option == INTERTWINER_CPU || option == INTERTWINER_CUDA,
          "the device is neither INTERTWINER_CPU nor INTERTWINER_CUDA");
  return option == INTERTWINER_CUDA ? Device::cuda : Device::cpu;
}

int threads_of(int32_t option) {
  require(option >= 0 && option <= kMaxThreads, "the number of threads is not in 0..1024");
  return option > 0 ? option : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace intertwiner::c_interface
