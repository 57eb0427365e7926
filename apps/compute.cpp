#include "apps/compute.h"

#include "engine/cuda_module.h"
#include "engine/parallel.h"

namespace intertwiner {

void describe_compute(CommandLine& line, ComputeOptions& options) {
  line.choice("device", options.device_name, {"cpu", "cuda"}, "what computes; cuda is an NVIDIA GPU");
  line.choice("precision", options.precision_name, {"fp32", "tf32"},
              "of products on a GPU; tf32 rounds their factors to 10 bits and is many times as fast");
  line.whole_number("threads", options.threads, 0, 4096,
                    "of the processor, to compute with; 0: as many as the processor has");
}

void open_compute(const ComputeOptions& options) {
  const bool tf32 = options.precision_name == "tf32";
  if (tf32 && options.device() == Device::cpu)
    throw UserError("--precision tf32 is for --device cuda; the processor computes in fp32");
  if (options.threads > 0) set_thread_count(static_cast<int>(options.threads));
  if (options.device() == Device::cuda) open_cuda(tf32 ? Precision::tf32 : Precision::fp32);
}

}  // namespace intertwiner
