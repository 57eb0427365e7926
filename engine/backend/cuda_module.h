// Opens the module for NVIDIA GPUs (engine/cuda/) when a GPU is asked for. The programs therefore start on machines
// without NVIDIA's libraries.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/backend/backend.h"

namespace intertwiner {

/// The machine as the module sees it. Versions are CUDA's numbers: 13000 is 13.0.
struct CudaMachine {
  int driver = 0;  ///< version that the driver supports; 0: there is no driver
  int needed = 0;  ///< version that the module needs
  int devices = 0;
  char name[256] = {};   ///< of the first device
  int architecture = 0;  ///< the first device's compute capability: 90 is 9.0
  int built_for = 0;     ///< the compute capability that the module was compiled for
  int64_t memory_bytes = 0;
};

/// Why such a machine cannot be used and what to do, in one line; empty where it can.
std::string why_unusable(const CudaMachine& machine);

/// How products of float32 are computed. tf32: the factors are first rounded to 10 bits of fraction, which tensor cores
/// multiply many times as fast.
enum class Precision { fp32, tf32 };

/// What a GPU's libraries may do to be faster.
struct CudaRules {
  Precision precision = Precision::fp32;
  bool deterministic = true;  ///< the same bits each time on the same GPU
};

/// Makes the first GPU serve Device::cuda. The module is looked for in `folder`, or if that is empty beside the
/// program. Throws UserError where the module was not built, a library is missing, or there is no usable GPU or driver.
CudaMachine open_cuda(const CudaRules& rules = {}, const std::filesystem::path& folder = {});

/// The maximum of bytes that tensors and workspaces took at once on the opened GPU since the last call.
int64_t cuda_peak_bytes();

/// The module's functions, by their names: `cuda_machine`, `cuda_backend`, `cuda_peak_bytes`, `cuda_index_functions`,
/// and `cuda_plan` (engine/cuda/convolution_case.h).
extern "C" {
using CudaMachineFunction = void(CudaMachine*);
/// The rules of the first call are used.
using CudaBackendFunction = const Backend*(const CudaRules&);
using CudaPeakFunction = int64_t();
/// Names of the types of the index functions that the module was compiled with; the last one is null.
using CudaIndexFunctions = const char* const*();
}
constexpr const char* kCudaModule = "libintertwiner_cuda.so";

/// Opens the module without asking it for a GPU; null where it was not built.
void* find_cuda_module(const std::filesystem::path& folder = {});

}  // namespace intertwiner
