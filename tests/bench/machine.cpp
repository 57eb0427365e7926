#include "tests/bench/machine.h"

#include <fstream>
#include <memory>
#include <numeric>
#include <vector>

#include "engine/cpu/product_code.h"
#include "engine/parallel.h"
#include "tests/bench/timing.h"

namespace intertwiner {
namespace cpu::x86::avx2 {
double fma_loop(int64_t rounds, const float* start, float* sink);
}
namespace cpu::x86::avx512 {
double fma_loop(int64_t rounds, const float* start, float* sink);
}

namespace bench {

double fma_loop_eigen(int64_t rounds, const float* start, float* sink);

namespace {

constexpr int kWidestRegister = 16;  // floats

auto fma_loop() {
#ifdef INTERTWINER_X86_KERNELS
  if (cpu::product_code() == cpu::ProductCode::avx512) return cpu::x86::avx512::fma_loop;
  if (cpu::product_code() == cpu::ProductCode::avx2) return cpu::x86::avx2::fma_loop;
#endif
  return fma_loop_eigen;
}

double measure_bandwidth(int64_t repeats) {
  constexpr int64_t kSize = 1 << 24, kChunk = 1 << 16;  // 64 MB an array
  const std::unique_ptr<float[]> a(new float[kSize]), b(new float[kSize]), c(new float[kSize]);
  const auto triad = [&] {
    parallel_chunks(kSize, kChunk, [&, to = a.get(), x = b.get(), y = c.get()](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = x[i] + 3.0f * y[i];
    });
  };
  parallel_chunks(kSize, kChunk, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) a[i] = b[i] = c[i] = 1;
  });
  std::vector<double> rates;
  for (int64_t i = 0; i < repeats; ++i) rates.push_back(3.0 * kSize * sizeof(float) / seconds(triad));
  return median(rates);
}

}  // namespace

double measure_flops(int64_t repeats) {
  const auto loop = fma_loop();
  float start[17];
  for (int i = 0; i < 17; ++i) start[i] = 0.5f / static_cast<float>(1 + i);
  std::vector<double> rates;
  for (int64_t i = 0; i < repeats; ++i) {
    std::vector<double> done(static_cast<size_t>(thread_count()));
    const double time = seconds([&] {
      parallel_for(thread_count(), [&](int64_t t) {
        float sink[kWidestRegister];
        done[static_cast<size_t>(t)] = loop(4'000'000, start, sink);
      });
    });
    rates.push_back(std::accumulate(done.begin(), done.end(), 0.0) / time);
  }
  return median(rates);
}

Machine measure_machine(int64_t repeats) { return {measure_flops(repeats), measure_bandwidth(repeats)}; }

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace bench
}  // namespace intertwiner
