// step_times: how long the parts of a training step or a detection take on a GPU, as the nodes of a recording. Without
// a GPU the stand-in for CUDA runs them, and the times are those of its model (tests/gpu/stand_in/cost.h).
//
//   step_times --preset faster-rcnn-r50 --batch 2 --precision bf16
//   step_times --detect --model
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "apps/compute/compute.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "detector/model/internet.h"
#include "engine/backend/cuda_module.h"
#include "tests/bench/workload.h"
#include "tests/gpu/gpu.h"
#include "tests/readable_name.h"

namespace intertwiner::bench {
namespace {

struct Part {
  int64_t kernels = 0;
  double seconds = 0;
};
using Parts = std::map<std::string, Part>;

/// An index function's name; "conv2d" and "matmul" without their shapes.
std::string part_of(const std::string& name) { return tests::readable_name(name.substr(0, name.find(" of "))); }

void print_parts(const Parts& parts, int64_t rows) {
  std::vector<std::pair<std::string, Part>> sorted(parts.begin(), parts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  Part all;
  for (const auto& [name, part] : sorted) {
    all.kernels += part.kernels;
    all.seconds += part.seconds;
  }
  const auto print = [](const std::string& name, const Part& p) {
    std::printf("%-72.72s %7lld %9.3f\n", name.c_str(), static_cast<long long>(p.kernels), 1e3 * p.seconds);
  };
  std::printf("%-72s %7s %9s\n", "part", "calls", "ms");
  for (const auto& [name, part] : sorted)
    if (rows-- > 0) print(name, part);
  print("all", all);
}

/// The engines of the dearest convolutions, as Backend::algorithms lists them.
void print_engines(const Parts& parts, int rows) {
  std::multimap<double, std::string, std::greater<>> engines;
  std::istringstream text(backend_of(Device::cuda).algorithms());
  for (std::string line; std::getline(text, line);)
    for (const auto& [name, part] : parts)
      if (line.ends_with("| " + name)) engines.emplace(part.seconds, line);
  std::printf("engine, its knobs | convolution\n");
  for (const auto& [seconds, line] : engines)
    if (rows-- > 0) std::printf("%s\n", line.c_str());
}

/// The recording's parts; `by_shape` lists convolutions and products by their shapes.
Parts parts_of(const std::vector<std::pair<std::string, double>>& times, bool by_shape) {
  Parts parts;
  for (const auto& [name, seconds] : times) {
    Part& part = parts[by_shape && name.find(" of ") != std::string::npos ? name : part_of(name)];
    ++part.kernels;
    part.seconds += seconds;
  }
  return parts;
}

int run(int argc, char** argv) {
  BenchOptions options;
  options.preset = "faster-rcnn-r50";
  options.image_size = 512;
  options.batch = 2;
  ComputePrecision precision = ComputePrecision::bf16;
  bool detects = false, model = false, by_shape = false;
  int64_t rows = 30;
  CommandLine line("step_times", "[options]", "Prints how long the parts of a recorded step take on a GPU.");
  line.presets(options.preset);
  line.integer("image-size", options.image_size, 32, 8192, "side of the square images in px");
  line.integer("batch", options.batch, 1, 1024, "images");
  line.choice("precision", precision, "precision of maps and products");
  line.flag("detect", detects, "a detection instead of a training step");
  line.flag("model", model, "the model's times, also if there is a GPU");
  line.flag("by-shape", by_shape, "convolutions and products by their shapes");
  line.integer("rows", rows, 1, 1000, "parts to print");
  if (!line.parse(argc, argv)) return 0;

  const tests::Gpu gpu({.precision = precision == ComputePrecision::tf32 ? Precision::tf32 : Precision::fp32}, !model);
  if (!gpu.problem().empty()) throw UserError(gpu.problem());
  const Placement where(Device::cuda, precision == ComputePrecision::bf16);
  const Settings settings = settings_of(options);
  const auto work = detects ? detection(settings, options.batch, where) : training_step(settings, options.batch, where);
  cuda_trace(true, gpu.folder());
  work();  // makes the plans
  work();  // is recorded
  const auto begin = std::chrono::steady_clock::now();
  work();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const Parts parts = parts_of(cuda_times(gpu.folder()), by_shape);
  std::printf("%s, %s\n", gpu.is_real() ? "measured on the GPU" : "by the model of an H100", options.preset.c_str());
  print_parts(parts, rows);
  if (by_shape) print_engines(parts, 5);
  if (gpu.is_real()) std::printf("the replay with these events, as the host sees it: %.3f ms\n", 1e3 * wall);
  return 0;
}

}  // namespace
}  // namespace intertwiner::bench

int main(int argc, char** argv) {
  return intertwiner::run_program("step_times", [&] { return intertwiner::bench::run(argc, argv); });
}
