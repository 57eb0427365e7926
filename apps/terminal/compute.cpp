#include "apps/terminal/compute.h"

#include "engine/backend/cuda_module.h"
#include "engine/parallel.h"

namespace intertwiner {

void describe_compute(CommandLine& line, ComputeOptions& options) {
  line.choice("device", options.device, "what computes; cuda is an NVIDIA GPU");
  line.choice(
      "precision", options.precision,
      "on a GPU: tf32 rounds the factors of products to 10 bits; bf16 keeps maps in half the memory, to 7 bits; "
      "both are many times as fast");
  line.flag("deterministic", options.deterministic,
            "on a GPU: the same bits each time; without, cuDNN may take what is faster");
  line.whole_number("threads", options.threads, 0, 4096,
                    "of the processor, to compute with; 0: as many as the processor has");
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
