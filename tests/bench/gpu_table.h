// The table of a GPU benchmark: images per second of training and detection at several batch sizes, peak memory, the
// time of one image, and the share of the speed of the GPU's matrix products.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/report.h"

namespace intertwiner::bench {

/// Measurements at one batch size.
struct GpuFigures {
  int64_t images = 0;
  double step_seconds = 0, detection_seconds = 0;
  double peak_bytes = 0;  ///< GPU memory, in training
};

/// One detector: one of ours or PyTorch's.
struct GpuDetector {
  std::string name;
  double image_flops = 0;    ///< operations of a training step per image
  double product_flops = 0;  ///< operations per second of a large matrix product in the detector's precision
  double one_image_seconds = 0;
  std::vector<GpuFigures> batches;
};

/// A column for each detector; from the second on also a column with the ratio to the detector before it. All detectors
/// must have the same batch sizes.
Table gpu_table(const std::vector<GpuDetector>& detectors);

}  // namespace intertwiner::bench
