#include "apps/terminal/compute.h"

#include "engine/backend/cuda_module.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr int64_t kMaxThreads = 1024;

}  // namespace

void describe_compute(CommandLine& line, ComputeOptions& options) {
  line.choice("device", options.device, "device to compute on; cuda is an NVIDIA GPU");
  line.choice("precision", options.precision,
              "for a GPU: tf32 rounds the factors of products to 10 bits; bf16 rounds feature maps to 7 bits, in half "
              "the memory; both are many times as fast as fp32");
  line.flag("deterministic", options.deterministic,
            "for a GPU: the same bits each time; --no-deterministic lets cuDNN use faster algorithms");
  line.integer("threads", options.threads, 0, kMaxThreads,
               "processor threads; 0: one for each thread of the processor");
}

void open_compute(const ComputeOptions& options) {
  const bool exact = options.precision == ComputePrecision::fp32;
  if (!exact && options.device == Device::cpu)
    throw UserError("--precision " + name_of(options.precision) +
                    " is for --device cuda; the processor computes in fp32");
  if (!options.deterministic && options.device == Device::cpu)
    throw UserError("--no-deterministic is for --device cuda; the processor gives the same bits each time");
  if (options.threads > 0) set_thread_count(static_cast<int>(options.threads));
  if (options.device == Device::cuda) open_cuda({exact ? Precision::fp32 : Precision::tf32, options.deterministic});
}

}  // namespace intertwiner
