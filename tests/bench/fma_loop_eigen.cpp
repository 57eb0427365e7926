// The loop of fma_loop.inl with the registers that Eigen uses.
#include <Eigen/Core>
#include <cstdint>

namespace intertwiner::bench {

double fma_loop_eigen(int64_t rounds, const float* start, float* sink) {
  using Register = Eigen::internal::packet_traits<float>::type;
  constexpr int kChains = 16, kLanes = sizeof(Register) / sizeof(float);
  const Register a = Eigen::internal::pset1<Register>(start[kChains]);
  Register sums[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sums[i] = Eigen::internal::pset1<Register>(start[i]);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (auto& sum : sums) sum = Eigen::internal::pmadd(a, sum, a);
  }
  Register total = sums[0];
#pragma GCC unroll 16
  for (int i = 1; i < kChains; ++i) total = Eigen::internal::padd(total, sums[i]);
  Eigen::internal::pstoreu(sink, total);
  return 2.0 * static_cast<double>(rounds) * kChains * kLanes;
}

}  // namespace intertwiner::bench
