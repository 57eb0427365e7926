// What the benchmark's command line says.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/terminal/compute.h"

namespace intertwiner::bench {

struct BenchOptions {
  std::string preset = "faster-rcnn-r50";
  int64_t image_size = 0;  ///< px, side of the square images; 0: the preset's
  int64_t batch = 2;       ///< images of a training step
  int64_t regions = 0;     ///< an image, in training sampled and in detection proposed; 0: the preset's
  int64_t repeats = 5;     ///< timed repetitions; the median counts
  ComputeOptions compute;  ///< on a GPU other parts are measured than on the processor
  bool quick = false;      ///< toy sizes, to see that everything runs
  std::string data;        ///< images for the loader beside the built-in scenes
  std::string python;      ///< a Python that has PyTorch and torchvision; empty: no comparison
  std::string json, svg;   ///< files to write; empty: none
  std::string peak_of;     ///< "step" or "detect": print the peak of memory of that alone
};

}  // namespace intertwiner::bench
