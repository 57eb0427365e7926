// The table of what detectors do on a GPU: images a second in training and in detection at several batch sizes, memory,
// how long one image takes, and how far that is from what the GPU's matrix products reach.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/report.h"

namespace intertwiner::bench {

/// Of a batch.
struct GpuFigures {
  int64_t images = 0;
  double step_seconds = 0, detection_seconds = 0;
  double peak_bytes = 0;  ///< of the GPU's memory, in training
};

/// A detector of ours, or PyTorch's.
struct GpuContestant {
  std::string name;
  double image_flops = 0;    ///< arithmetic of a training step, for each image
  double product_flops = 0;  ///< a second, in a large matrix product of the type that it computes in
  double one_image_seconds = 0;
  std::vector<GpuFigures> batches;
};

/// A column for each contestant, and from the second on one of its ratio to the contestant before it. All have the same
/// batch sizes.
Table gpu_table(const std::vector<GpuContestant>& contestants);

}  // namespace intertwiner::bench
