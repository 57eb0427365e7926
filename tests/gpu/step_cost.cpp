// step_cost: what a training step or a detection asks of a GPU, counted on the stand-in (tests/gpu/stand_in/), and the
// time that a model of an H100 predicts for each part. Needs no GPU.
//
//   step_cost --preset faster-rcnn-r50 --batch 2 --precision bf16
//   step_cost --detect
//
// The model: a kernel of a recording takes at least kKernel. A loop reads and writes each of its arrays once, as fast
// as memory allows. A product or convolution takes its traffic or its operations, whichever is longer, at a share of
// the peak that such layers reach. So the time of a loop that reads arrays many times is underestimated.
#include <cxxabi.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "apps/compute/compute.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "detector/model/internet.h"
#include "engine/backend/cuda_module.h"
#include "tests/bench/workload.h"
#include "tests/gpu/stand_in/counts.h"

namespace intertwiner::bench {
namespace {

constexpr double kKernel = 2e-6;         // s, of a node in a graph
constexpr double kProductKernel = 4e-6;  // s, the least of a product or a convolution
constexpr double kBytes = 2.6e12;        // a second, of 3.35e12
constexpr double kFlops = 5e14;          // a second in bfloat16, of 9.9e14
constexpr double kFlopsTf32 = 2.5e14, kFlopsFp32 = 4.5e13;

struct Part {
  int64_t kernels = 0;
  double seconds = 0, bytes = 0, flops = 0;
};
std::map<std::string, Part> parts;
double flops_per_second = kFlops;

/// "Scale<float>" from the typeid of a tuple of a kernel's parameters.
std::string readable(const char* name) {
  int status = 0;
  char* const found = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string text = found ? found : name;
  std::free(found);
  for (const std::string noise :
       {"intertwiner::", "kernels::", "cuda::", "(anonymous namespace)::", "std::tuple<", ", long>"})
    for (size_t at = text.find(noise); at != std::string::npos; at = text.find(noise)) text.erase(at, noise.size());
  return text;
}

void count(const char* name, double bytes, double flops) {
  const std::string text = readable(name);
  if (text == "event" || text == "graph") return;
  Part& part = parts[text];
  ++part.kernels;
  part.bytes += bytes;
  part.flops += flops;
  part.seconds += std::max({flops > 0 ? kProductKernel : kKernel, bytes / kBytes, flops / flops_per_second});
}

void print_parts(int64_t rows) {
  std::vector<std::pair<std::string, Part>> sorted(parts.begin(), parts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  Part all;
  for (const auto& [name, part] : sorted) {
    all.kernels += part.kernels;
    all.seconds += part.seconds;
    all.bytes += part.bytes;
    all.flops += part.flops;
  }
  std::printf("%-56s %8s %9s %9s %9s\n", "part", "kernels", "ms", "GB", "GFLOP");
  const auto print = [](const std::string& name, const Part& p) {
    std::printf("%-56.56s %8lld %9.3f %9.3f %9.1f\n", name.c_str(), static_cast<long long>(p.kernels), 1e3 * p.seconds,
                p.bytes / 1e9, p.flops / 1e9);
  };
  for (const auto& [name, part] : sorted)
    if (rows-- > 0) print(name, part);
  print("all", all);
}

int run(int argc, char** argv) {
  BenchOptions options;
  options.preset = "faster-rcnn-r50";
  options.image_size = 512;
  options.batch = 2;
  ComputePrecision precision = ComputePrecision::bf16;
  bool detects = false;
  int64_t rows = 30;
  CommandLine line("step_cost", "[options]",
                   "Prints what a step asks of a GPU, and the time that a model of an H100 predicts.");
  line.presets(options.preset);
  line.integer("image-size", options.image_size, 32, 8192, "side of the square images in px");
  line.integer("batch", options.batch, 1, 1024, "images");
  line.choice("precision", precision, "precision of maps and products");
  line.flag("detect", detects, "a detection instead of a training step");
  line.integer("rows", rows, 1, 1000, "parts to print");
  if (!line.parse(argc, argv)) return 0;

  flops_per_second = precision == ComputePrecision::bf16   ? kFlops
                     : precision == ComputePrecision::tf32 ? kFlopsTf32
                                                           : kFlopsFp32;
  open_cuda({.precision = precision == ComputePrecision::tf32 ? Precision::tf32 : Precision::fp32},
            INTERTWINER_STAND_IN);
  const Placement where(Device::cuda, precision == ComputePrecision::bf16);
  const Settings settings = settings_of(options);
  const auto work = detects ? detection(settings, options.batch, where) : training_step(settings, options.batch, where);
  work();  // the first makes the plans, the second is recorded
  work();
  auto* const trace =
      reinterpret_cast<stand_in::SetTraceFunction*>(dlsym(find_cuda_module(INTERTWINER_STAND_IN), "stand_in_trace"));
  trace(count);
  work();
  trace(nullptr);
  print_parts(rows);
  return 0;
}

}  // namespace
}  // namespace intertwiner::bench

int main(int argc, char** argv) {
  return intertwiner::run_program("step_cost", [&] { return intertwiner::bench::run(argc, argv); });
}
