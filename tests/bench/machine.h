// What the processor can do at most, measured: every figure of an operator is held against these.
#pragma once
#include <cstdint>
#include <string>

namespace intertwiner::bench {

struct Machine {
  double flops;      ///< a second: fused multiply-adds of float32 in registers, on all threads
  double bandwidth;  ///< bytes a second: a[i] = b[i] + s·c[i] on arrays far larger than any cache, on all threads
};

/// Medians of `repeats` spans of about 30 ms each.
Machine measure_machine(int64_t repeats);
/// Machine::flops alone: shared machines change their pace, and what is held against the peak wants that of its moment.
double measure_flops(int64_t repeats);

/// "AMD EPYC", as the system calls it.
std::string processor_name();
/// "AVX-512" or "AVX2": what the engine's kernels use here.
std::string instruction_set();

}  // namespace intertwiner::bench
