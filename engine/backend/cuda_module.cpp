#include "engine/backend/cuda_module.h"

#include <dlfcn.h>

#include <vector>

namespace intertwiner {
namespace {

constexpr int64_t kMinMemory = int64_t{2} << 30;

std::string version(int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); }

std::string capability(int number) { return std::to_string(number / 10) + "." + std::to_string(number % 10); }

template <class Function>
Function* function(void* module, const char* name) {
  void* found = dlsym(module, name);
  if (!found) throw Unsupported(std::string("cuda: ") + kCudaModule + " is of another version; build it again");
  return reinterpret_cast<Function*>(found);
}

}  // namespace

std::string why_unusable(const CudaMachine& m) {
  const std::string instead = ", or compute on the CPU";
  if (m.driver == 0) return "cuda: no NVIDIA driver was found; install one for CUDA " + version(m.needed) + instead;
  if (m.driver < m.needed / 1000 * 1000)
    return "cuda: the NVIDIA driver is for CUDA " + version(m.driver) + ", this program needs CUDA " +
           version(m.needed) + "; install a newer driver" + instead;
  if (m.devices == 0) return "cuda: the NVIDIA driver finds no GPU; see what nvidia-smi says" + instead;
  const std::string name = "cuda: " + std::string(m.name);
  if (m.architecture / 10 != m.built_for / 10 || m.architecture < m.built_for)
    return name + " has compute capability " + capability(m.architecture) + ", this program was built for " +
           capability(m.built_for) + "; configure with -Dnvidia_arch=" + std::to_string(m.architecture) + instead;
  if (m.memory_bytes < kMinMemory)
    return name + " has " + std::to_string(m.memory_bytes >> 20) + " MB of memory, at least " +
           std::to_string(kMinMemory >> 20) + " MB are needed; use a larger GPU" + instead;
  return {};
}

#ifdef INTERTWINER_STATIC

// A program without a dynamic loader opens no modules.
void* find_cuda_module(const std::filesystem::path&) { return nullptr; }

#else

namespace {

/// Paths of the module: beside an installed program, or in the build folder of a program in apps/, tests/ or
/// tests/bench/.
std::vector<std::filesystem::path> candidates(const std::filesystem::path& folder) {
  if (!folder.empty()) return {folder / kCudaModule};
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  return {program / kCudaModule, program / "../engine/cuda" / kCudaModule, program / "../../engine/cuda" / kCudaModule};
}

}  // namespace

void* find_cuda_module(const std::filesystem::path& folder) {
  for (const auto& path : candidates(folder)) {
    if (!std::filesystem::exists(path)) continue;
    if (void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return module;
    throw Unsupported(std::string("cuda: the module cannot be opened (") + dlerror() +
                      "); install what is missing, or compute on the CPU");
  }
  return nullptr;
}

#endif

CudaMachine open_cuda(const CudaRules& rules, const std::filesystem::path& folder) {
  void* module = find_cuda_module(folder);
  if (!module)
    throw Unsupported(std::string("cuda: this program was built without the GPU module (no ") + kCudaModule +
                      " beside it); configure with -Dcuda=enabled and build again, or compute on the CPU");
  CudaMachine machine;
  function<CudaMachineFunction>(module, "cuda_machine")(&machine);
  if (const std::string problem = why_unusable(machine); !problem.empty()) throw Unsupported(problem);
  set_backend(Device::cuda, function<CudaBackendFunction>(module, "cuda_backend")(rules));
  return machine;
}

int64_t cuda_peak_bytes() { return function<CudaPeakFunction>(find_cuda_module(), "cuda_peak_bytes")(); }

}  // namespace intertwiner
