// The functions that the module exports (engine/backend/cuda_module.h).
#include <cstdio>
#include <cstring>

#include "engine/backend/cuda_module.h"
#include "engine/cuda/check.h"
#include "engine/cuda/convolution_plan.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/cuda/launch_table.h"

namespace {

// Never destroyed: tensors in static storage may outlive every other static object. The module has an engine of its
// own, whose loops look for the backend too.
const intertwiner::cuda::CudaBackend& opened_backend(const intertwiner::CudaRules& rules = {}) {
  static const auto* const backend = [&] {
    const auto* made = new intertwiner::cuda::CudaBackend(rules);
    intertwiner::set_backend(intertwiner::Device::cuda, made);
    return made;
  }();
  return *backend;
}

}  // namespace

extern "C" {

void cuda_machine(intertwiner::CudaMachine* machine) {
  intertwiner::CudaMachine& m = *machine;
  m.built_for = INTERTWINER_CUDA_ARCH;
  m.needed = CUDART_VERSION;
  if (cudaDriverGetVersion(&m.driver) != cudaSuccess) m.driver = 0;
  if (m.driver == 0 || cudaGetDeviceCount(&m.devices) != cudaSuccess || m.devices == 0) {
    m.devices = 0;
    return;
  }
  cudaDeviceProp properties{};
  intertwiner::cuda::check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  std::snprintf(m.name, sizeof m.name, "%s", properties.name);
  m.architecture = 10 * properties.major + properties.minor;
  m.memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
}

const intertwiner::Backend* cuda_backend(const intertwiner::CudaRules& rules) { return &opened_backend(rules); }

void* cuda_stream() { return opened_backend().stream(); }

int64_t cuda_plan(const intertwiner::cuda::ConvolutionCase& c, const intertwiner::CudaRules& rules,
                  const char* properties, intertwiner::cuda::EngineChoice& choice) {
  intertwiner::cuda::Descriptor gpu(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  gpu.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::vector<char>(properties, properties + strlen(properties)));
  gpu.finalise();
  const auto plan = intertwiner::cuda::ConvolutionPlan::find(
      c, rules, {nullptr, &gpu, intertwiner::cuda::max_workspace(int64_t{80} << 30)}, choice);
  choice = plan ? plan->choice() : intertwiner::cuda::EngineChoice{};
  return plan ? plan->workspace_bytes() : 0;
}

int64_t cuda_peak_bytes() {
  using intertwiner::cuda::check;
  cudaMemPool_t pool = nullptr;
  check(cudaDeviceGetDefaultMemPool(&pool, 0), "cudaDeviceGetDefaultMemPool");
  uint64_t peak = 0, from_now_on = 0;
  check(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &peak), "cudaMemPoolGetAttribute");
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &from_now_on), "cudaMemPoolSetAttribute");
  return static_cast<int64_t>(peak) + opened_backend().recording_bytes();
}

void cuda_trace(bool on) { opened_backend().set_tracing(on); }

void cuda_times(intertwiner::CudaTimeFunction* report, void* context) {
  for (const auto& [name, seconds] : opened_backend().trace().parts()) report(name.c_str(), seconds, context);
}

const char* const* cuda_index_functions() {
  static const std::vector<const char*> names = [] {
    std::vector<const char*> list;
    for (const auto& [name, launcher] : intertwiner::cuda::launch_table()) list.push_back(name.data());
    list.push_back(nullptr);
    return list;
  }();
  return names.data();
}
}
