// The options of the benchmark's command line.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/compute/compute.h"

namespace intertwiner::bench {

struct BenchOptions {
  std::string preset = "faster-rcnn-r50";
  int64_t image_size = 0;   ///< px, side of the square images; 0: the preset's
  int64_t batch = 2;        ///< images per training step
  int64_t regions = 0;      ///< per image, in training and in detection; 0: the preset's
  int64_t repeats = 5;      ///< timed repetitions; the median is reported
  ComputeOptions compute;   ///< device, threads and precision; a GPU has its own benchmark
  bool quick = false;       ///< tiny sizes, to test that everything runs
  std::string data;         ///< data set for the loader, in addition to the built-in scenes
  std::string python;       ///< a Python with PyTorch and torchvision; empty: no comparison
  double step_seconds = 0;  ///< of computation of a shard, for the model of `processes`; 0: as measured
  std::string json, svg;    ///< files to write; empty: none
  std::string peak_of;      ///< "step" or "detect": only print its peak memory
};

}  // namespace intertwiner::bench
