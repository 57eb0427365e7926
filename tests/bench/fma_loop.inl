// A loop of fused multiply-adds in registers, for the instruction set of the including file. It has 16 independent
// chains, more than latency (4 or 5 cycles) times units (2), so no unit has to wait.
#include <cstdint>

#include "engine/x86/simd.h"

namespace intertwiner::cpu::x86::INTERTWINER_ISA {

/// Runs the loop `rounds` times and returns the number of floating-point operations. `start` has the first values of
/// the 16 sums and a factor. They must all differ and be unknown to the compiler, otherwise it computes only one sum.
/// The total is written to `sink`, so that the loop is not optimised away.
double fma_loop(int64_t rounds, const float* start, float* sink) {
  constexpr int kChains = 16;
  const auto a = Simd<float>::broadcast(start + kChains);
  Simd<float>::Register sums[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sums[i] = Simd<float>::broadcast(start + i);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (auto& sum : sums) sum = Simd<float>::fma(a, sum, a);
  }
  auto total = sums[0];
#pragma GCC unroll 16
  for (int i = 1; i < kChains; ++i) total = total + sums[i];
  Simd<float>::store(sink, total);
  return 2.0 * static_cast<double>(rounds) * kChains * Simd<float>::kLanes;
}

}  // namespace intertwiner::cpu::x86::INTERTWINER_ISA
