// A loop of fused multiply-adds that never leaves the registers, for the instruction set that the including file is
// compiled for. 16 chains: the latency of one (4 or 5 cycles) times the units that work at once (2) are hidden.
#include <cstdint>

#include "engine/cpu/simd.h"

namespace intertwiner::INTERTWINER_ISA {

/// Runs `rounds` of the loop, and returns how many floating-point operations that was. The sums begin with the numbers
/// of `start`, 16 and a factor: unknown to the compiler and each another, or it would compute one of them for all. What
/// they add up to is written to `sink`.
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

}  // namespace intertwiner::INTERTWINER_ISA
