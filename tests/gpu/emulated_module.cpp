// Replaces the GPU's module (engine/backend/cuda_module.h) on a machine without a GPU. Its GPU is
// tests/engine/backend/emulated_device.h. A copy of a program with this module beside it, under the module's name, runs
// all of --device cuda except the GPU's kernels.
#include <cstring>

#include "engine/backend/cuda_module.h"
#include "tests/engine/backend/emulated_device.h"

using intertwiner::tests::EmulatedDevice;

extern "C" {

void cuda_machine(intertwiner::CudaMachine* machine) {
  *machine = {13000, 13000, 1, {}, 90, 90, int64_t{80} << 30};
  std::strcpy(machine->name, "emulated");
}

const intertwiner::Backend* cuda_backend(const intertwiner::CudaRules&) {
  static const auto* const device = new EmulatedDevice;  // never destroyed, as tensors in static storage may outlive it
  static const auto* const backend = device ? &intertwiner::backend_of(intertwiner::Device::cuda) : nullptr;
  return backend;
}

int64_t cuda_peak_bytes() { return int64_t{1} << 30; }  // nothing is counted
}
