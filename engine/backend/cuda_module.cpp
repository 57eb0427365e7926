#include "engine/backend/cuda_module.h"

#include "engine/backend/module.h"
#include "engine/communication/launch.h"

namespace intertwiner {
namespace {

constexpr int64_t kMinMemory = int64_t{2} << 30;

std::string version(int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); }

std::string capability(int number) { return std::to_string(number / 10) + "." + std::to_string(number % 10); }

constexpr Module kModule = {.name = "cuda",
                            .file = kCudaModule,
                            .build_folder = "engine/cuda",
                            .title = "the GPU module",
                            .option = "-Dcuda=enabled",
                            .instead = "compute on the CPU"};

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

void* find_cuda_module(const std::filesystem::path& folder) { return find_module(kModule, folder); }

CudaMachine usable_cuda(const std::filesystem::path& folder) {
  see_one_gpu();
  CudaMachine machine;
  module_function<CudaMachineFunction>(kModule, open_module(kModule, folder), "cuda_machine")(&machine);
  if (const std::string problem = why_unusable(machine); !problem.empty()) throw Unsupported(problem);
  return machine;
}

CudaMachine open_cuda(const CudaRules& rules, const std::filesystem::path& folder) {
  const CudaMachine machine = usable_cuda(folder);
  void* module = open_module(kModule, folder);
  set_backend(Device::cuda, module_function<CudaBackendFunction>(kModule, module, "cuda_backend")(rules));
  return machine;
}

int64_t cuda_peak_bytes() {
  return module_function<CudaPeakFunction>(kModule, open_module(kModule), "cuda_peak_bytes")();
}

void* cuda_stream(const std::filesystem::path& folder) {
  return module_function<CudaStreamFunction>(kModule, open_module(kModule, folder), "cuda_stream")();
}

void cuda_trace(bool on, const std::filesystem::path& folder) {
  module_function<CudaTraceFunction>(kModule, open_module(kModule, folder), "cuda_trace")(on);
}

std::vector<std::pair<std::string, double>> cuda_times(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, double>> times;
  module_function<CudaTimesFunction>(kModule, open_module(kModule, folder), "cuda_times")(
      [](const char* name, double seconds, void* context) {
        static_cast<decltype(times)*>(context)->emplace_back(name, seconds);
      },
      &times);
  return times;
}

}  // namespace intertwiner
