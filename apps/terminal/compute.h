// Where a program computes: on the processor, with how many threads, or on an NVIDIA GPU, and how precisely. No part of
// a run's settings: a run may go on elsewhere than it began.
#pragma once
#include <cstdint>

#include "apps/terminal/command_line.h"
#include "detector/model/placement.h"

namespace intertwiner {

enum class ComputePrecision { fp32, tf32, bf16 };

inline Names names_of(Device) { return {"cpu", "cuda"}; }
inline Names names_of(ComputePrecision) { return {"fp32", "tf32", "bf16"}; }

struct ComputeOptions {
  Device device = Device::cpu;
  ComputePrecision precision = ComputePrecision::fp32;
  bool deterministic = true;
  int64_t threads = 0;  ///< 0: as many as the processor has

  Placement placement() const { return {device, precision == ComputePrecision::bf16}; }
};

/// Adds --device, --precision, --deterministic and --threads.
void describe_compute(CommandLine& line, ComputeOptions& options);

/// Sets the number of threads and makes the device ready. Programs call it as soon as their options are read, so that a
/// device that is not there is told before anything is loaded or written. Throws UserError
/// (engine/backend/cuda_module.h), also where the device does not compute so.
void open_compute(const ComputeOptions& options);

}  // namespace intertwiner
