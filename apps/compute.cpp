#include "apps/compute.h"

#include "engine/cuda_module.h"
#include "engine/parallel.h"

namespace intertwiner {

void describe_compute(CommandLine& line, ComputeOptions& options) {
  line.choice("device", options.device_name, {"cpu", "cuda"}, "what computes; cuda is an NVIDIA GPU");
  line.whole_number("threads", options.threads, 0, 4096,
                    "of the processor, to compute with; 0: as many as the processor has");
}

void open_compute(const ComputeOptions& options) {
  if (options.threads > 0) set_thread_count(static_cast<int>(options.threads));
  if (options.device() == Device::cuda) open_cuda();
}

}  // namespace intertwiner
