// Opens the module for NVIDIA GPUs (engine/cuda/) while the program runs. So a program also runs on machines without
// NVIDIA's libraries.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/backend.h"

namespace intertwiner {

/// The driver and the GPU that the module finds. Versions are CUDA's numbers: 13000 is 13.0.
struct CudaMachine {
  int driver = 0;  ///< version that the driver supports; 0: there is no driver
  int needed = 0;  ///< version that the module needs
  int devices = 0;
  char name[256] = {};   ///< of the first device
  int architecture = 0;  ///< the first device's compute capability: 90 is 9.0
  int built_for = 0;     ///< the compute capability that the module was compiled for
  int64_t memory_bytes = 0;
};

/// One line that says why the machine cannot be used and what to do. Empty if it can be used.
std::string why_unusable(const CudaMachine& machine);

/// How products of float32 are computed. tf32 rounds the factors to 10 bits of fraction, so that tensor cores multiply
/// them.
enum class Precision { fp32, tf32 };

/// What the GPU's libraries may do to be faster.
struct CudaRules {
  Precision precision = Precision::fp32;
  bool deterministic = true;  ///< the same bits each time on the same GPU
};

/// Makes the first GPU the device Device::cuda. Looks for the module in `folder`, or beside the program if `folder` is
/// empty. Throws UserError if the module was not built, a library is missing, or no GPU or driver is usable.
CudaMachine open_cuda(const CudaRules& rules = {}, const std::filesystem::path& folder = {});

/// The first GPU, without opening it. Throws UserError as open_cuda does. Process r of a host sees GPU r alone
/// (engine/communication/launch.h).
CudaMachine usable_cuda(const std::filesystem::path& folder = {});

/// Peak bytes of tensors and workspaces on the opened GPU since the last call.
int64_t cuda_peak_bytes();

/// The stream (cudaStream_t) that does all work of the opened GPU in the order of the calls.
void* cuda_stream(const std::filesystem::path& folder = {});

/// Whether work that is recorded from now on is traced: each of its calls is timed.
void cuda_trace(bool on, const std::filesystem::path& folder = {});
/// Name and seconds of each call of the latest traced recording, in its last replay. A loop's name is its index
/// function's (typeid), those of convolutions and products say their shapes.
std::vector<std::pair<std::string, double>> cuda_times(const std::filesystem::path& folder = {});

/// Types of the module's functions: `cuda_machine`, `cuda_backend`, `cuda_peak_bytes`, `cuda_stream`, `cuda_trace`,
/// `cuda_times`, `cuda_index_functions`, and `cuda_plan` (engine/cuda/convolution_case.h).
extern "C" {
using CudaMachineFunction = void(CudaMachine*);
/// Later calls ignore `rules`.
using CudaBackendFunction = const Backend*(const CudaRules&);
using CudaPeakFunction = int64_t();
using CudaStreamFunction = void*();
using CudaTraceFunction = void(bool on);
using CudaTimeFunction = void(const char* name, double seconds, void* context);
using CudaTimesFunction = void(CudaTimeFunction* report, void* context);
/// Type names of the index functions in the module, then null.
using CudaIndexFunctions = const char* const*();
}
constexpr const char* kCudaModule = "libintertwiner_cuda.so";

/// Opens the module without looking for a GPU. Null if it was not built.
void* find_cuda_module(const std::filesystem::path& folder = {});

}  // namespace intertwiner
