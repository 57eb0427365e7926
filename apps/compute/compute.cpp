#include "apps/compute/compute.h"

#include "engine/backend/cuda_module.h"
#include "engine/communication/agreement.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr int64_t kMaxThreads = 1024;

bool is_exact(const ComputeOptions& options) { return options.precision == ComputePrecision::fp32; }

void require_possible(const ComputeOptions& options) {
  if (options.device == Device::cuda) return;
  if (!is_exact(options))
    throw UserError("--precision " + name_of(options.precision) + " is for --device cuda; the CPU computes in fp32");
  if (!options.deterministic)
    throw UserError("--no-deterministic is for --device cuda; the CPU gives the same bits each time");
}

}  // namespace

void describe_compute(CommandLine& line, ComputeOptions& options) {
  line.choice("device", options.device, "device to compute on; cuda is an NVIDIA GPU");
  line.choice("precision", options.precision,
              "precision on a GPU; tf32: factors of products have 10 bits of fraction; bf16: feature maps have 7 bits "
              "of fraction, and take half the memory; both use tensor cores");
  line.flag("deterministic", options.deterministic,
            "on a GPU: results have the same bits each time; --no-deterministic lets cuDNN use faster algorithms");
  line.integer("threads", options.threads, 0, kMaxThreads, "number of CPU threads; 0: all threads of the CPU");
}

void open_compute(const ComputeOptions& options) {
  run_alike([&] { require_possible(options); });
  if (options.threads > 0) set_thread_count(static_cast<int>(options.threads));
  if (options.device == Device::cuda)
    open_cuda({is_exact(options) ? Precision::fp32 : Precision::tf32, options.deterministic});
}

}  // namespace intertwiner
