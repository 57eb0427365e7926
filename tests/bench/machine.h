// The measured limits of the processor, with which operators are compared.
#pragma once
#include <cstdint>
#include <string>

namespace intertwiner::bench {

struct Machine {
  double flops;      ///< operations per second: float32 fused multiply-adds in registers, on all threads
  double bandwidth;  ///< bytes per second: a[i] = b[i] + s·c[i] on arrays larger than any cache, on all threads
};

/// Measures the limits: medians of `repeats` runs of about 30 ms.
Machine measure_machine(int64_t repeats);
/// Measures only Machine::flops. The speed of a shared machine changes, so the peak is measured again before each
/// comparison.
double measure_flops(int64_t repeats);

/// The processor's name in /proc/cpuinfo, such as "AMD EPYC".
std::string processor_name();

}  // namespace intertwiner::bench
