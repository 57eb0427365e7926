// The NVIDIA GPU, which is a module of its own (engine/cuda/), opened when somebody asks for it: so the programs start
// where no NVIDIA library is.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/backend/backend.h"

namespace intertwiner {

/// What the module sees of the machine. Versions as CUDA counts them: 13000 is 13.0; driver 0: there is none.
struct CudaMachine {
  int driver = 0, needed = 0;
  int devices = 0;
  char name[256] = {};   ///< of the first device
  int architecture = 0;  ///< its compute capability: 90 is 9.0
  int built_for = 0;     ///< the same of what the module was compiled for
  int64_t memory_bytes = 0;
};

/// Why such a machine cannot be used and what to do, in one line; empty where it can.
std::string why_unusable(const CudaMachine& machine);

/// How float32's products are taken: as they are, or of factors that are rounded to TF32's 10 bits of fraction, for
/// which the tensor cores are many times as fast.
enum class Precision { fp32, tf32 };

/// What a GPU's libraries may do to be faster.
struct CudaRules {
  Precision precision = Precision::fp32;
  bool deterministic = true;  ///< the same bits each time on the same GPU
};

/// Lets the first GPU serve Device::cuda, from the module in `folder`, or where the program's own lies. Throws
/// UserError where it was not built, a library that it needs is missing, or there is no GPU, no driver, or too old a
/// one.
CudaMachine open_cuda(const CudaRules& rules = {}, const std::filesystem::path& folder = {});

/// Most bytes that tensors and workspaces took at once on the opened GPU since this was asked last.
int64_t cuda_peak_bytes();

/// The module's functions, by their names: `cuda_machine`, `cuda_backend`, `cuda_peak_bytes`, `cuda_index_functions`,
/// and `cuda_plan` (engine/cuda/convolution_case.h).
extern "C" {
using CudaMachineFunction = void(CudaMachine*);
/// The first call decides the rules.
using CudaBackendFunction = const Backend*(const CudaRules&);
using CudaPeakFunction = int64_t();
/// Types of the index functions that the module was compiled with, null at the end.
using CudaIndexFunctions = const char* const*();
}
constexpr const char* kCudaModule = "libintertwiner_cuda.so";

/// The module, opened but not asked for a GPU; null where it was not built.
void* find_cuda_module(const std::filesystem::path& folder = {});

}  // namespace intertwiner
