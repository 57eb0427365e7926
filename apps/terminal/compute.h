// Where a program computes: on the processor, with how many threads, or on an NVIDIA GPU, and how precisely. No part of
// a run's settings: a run may go on elsewhere than it began.
#pragma once
#include <cstdint>
#include <string>

#include "apps/terminal/command_line.h"
#include "detector/model/placement.h"

namespace intertwiner {

struct ComputeOptions {
  std::string device_name = "cpu", precision_name = "fp32";
  bool deterministic = true;
  int64_t threads = 0;  ///< 0: as many as the processor has

  Device device() const { return device_name == "cuda" ? Device::cuda : Device::cpu; }
  Placement placement() const { return {device(), precision_name == "bf16"}; }
};

/// Adds --device, --precision, --deterministic and --threads.
void describe_compute(CommandLine& line, ComputeOptions& options);

/// Sets the number of threads and makes the device ready. Programs call it as soon as their options are read, so that a
/// device that is not there is told before anything is loaded or written. Throws UserError
/// (engine/backend/cuda_module.h), also where the device does not compute so.
void open_compute(const ComputeOptions& options);

}  // namespace intertwiner
