// The device that a program computes on, its precision, and the number of threads. These are not settings of a run: a
// run may be resumed on another device.
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
  int64_t threads = 0;  ///< 0: all threads of the CPU

  Placement placement() const { return {device, precision == ComputePrecision::bf16}; }
};

/// Adds --device, --precision, --deterministic and --threads.
void describe_compute(CommandLine& line, ComputeOptions& options);

/// Sets the number of threads and opens the device. Programs call this directly after parsing their options, so that a
/// missing device is reported before anything is loaded or written. Throws UserError if the device cannot be opened
/// (engine/backend/cuda_module.h) or does not support an option.
void open_compute(const ComputeOptions& options);

}  // namespace intertwiner
