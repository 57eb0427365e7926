// bench: measures the speed of operators, detector and programs, compared with the processor's limits and, if it is
// installed, with PyTorch.
//
//   bench                                                   all benchmarks, about ten minutes
//   bench --only step,detect --against-pytorch python3      two benchmarks, in turn with torchvision
//   bench --only scaling --svg scaling.svg --json scaling.json
//   bench --device cuda --against-pytorch python3           the GPU benchmark
//
// options.h lists the options, benchmarks.h the benchmarks.
#include <algorithm>
#include <sstream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "engine/cpu/product_code.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/counting_backend.h"
#include "tests/bench/machine.h"

namespace intertwiner::bench {
namespace {

struct Benchmark {
  const char* name;
  void (*measure)(const BenchOptions&, Report&);
  Device device = Device::cpu;
};
constexpr Benchmark kBenchmarks[] = {
    {"operators", measure_operators}, {"products", measure_products},    {"step", measure_step},
    {"detect", measure_detection},    {"processes", measure_processes},  {"internet", measure_internet},
    {"scaling", measure_scaling},     {"loader", measure_loader},        {"scoring", measure_scoring},
    {"start-up", measure_start_up},   {"gpu", measure_gpu, Device::cuda}};

std::string benchmark_names(Device device) {
  std::string names;
  for (const Benchmark& benchmark : kBenchmarks)
    if (benchmark.device == device) names += (names.empty() ? "" : ",") + std::string(benchmark.name);
  return names;
}

void describe(CommandLine& line, BenchOptions& o, std::string& only) {
  line.text("only", only, "NAMES",
            "run only these, of " + benchmark_names(Device::cpu) + "; with --device cuda of " +
                benchmark_names(Device::cuda));
  line.presets(o.preset);
  line.integer("image-size", o.image_size, 0, 8192, "side of the square images in px; 0: the preset's");
  line.integer("batch", o.batch, 1, 1024, "images per training step; on a GPU 2, 8 and 16 are measured");
  line.integer("regions", o.regions, 0, 10000, "regions per image, in training and in detection; 0: the preset's");
  line.integer("repeats", o.repeats, 1, 1000, "timed repetitions; the median is reported");
  describe_compute(line, o.compute);
  line.flag("quick", o.quick, "tiny sizes and one repetition, to test that everything runs");
  line.text("data", o.data, "DIR", "data set for the loader benchmark, in addition to the built-in scenes");
  line.text("against-pytorch", o.python, "PYTHON",
            "also measure torchvision's Faster R-CNN with this Python, in turn with ours");
  line.number("step-seconds", o.step_seconds, 0, 1e6,
              "seconds of computation of a shard, for the model of `processes`; 0: as measured");
  line.text("json", o.json, "FILE", "write all results as JSON");
  line.text("svg", o.svg, "FILE", "write the plot of `scaling`");
  line.text("peak-of", o.peak_of, "NAME",
            "print the peak memory in MB of `step` or `detect`; used by the benchmark itself");
}

/// The device's benchmarks in `only`, or all of them if it is empty, in the order of kBenchmarks.
std::vector<Benchmark> select_benchmarks(const std::string& only, Device device) {
  std::vector<std::string> names;
  std::istringstream text(only);
  for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  const bool all = names.empty();
  std::vector<Benchmark> selected;
  for (const Benchmark& benchmark : kBenchmarks)
    if (benchmark.device == device && (std::erase(names, benchmark.name) > 0 || all)) selected.push_back(benchmark);
  if (!names.empty())
    throw UserError("--only: there is no benchmark \"" + names.front() + "\" on " + to_string(device) +
                    "; choose from " + benchmark_names(device));
  return selected;
}

void make_quick(BenchOptions& options) {
  options.preset = "faster-rcnn-small";
  options.image_size = 64;
  options.batch = 2;
  options.repeats = 1;
  options.regions = 16;
}

int bench_main(int argc, char** argv) {
  count_work();
  BenchOptions options;
  std::string only;
  CommandLine line("bench", "[--only NAMES] [options]", "Measures the speed of operators, detector and programs.");
  describe(line, options, only);
  if (!line.parse(argc, argv)) return 0;
  if (options.quick) make_quick(options);
  open_compute(options.compute);
  if (!options.peak_of.empty()) {
    print_peak(options);
    return 0;
  }
  if (!options.python.empty() && options.compute.device == Device::cpu && options.preset != "faster-rcnn-r50")
    throw UserError("--against-pytorch: torchvision has no " + options.preset + "; use --preset faster-rcnn-r50");
  const std::vector<Benchmark> benchmarks = select_benchmarks(only, options.compute.device);
  Report report({{"processor", processor_name()},
                 {"products", cpu::to_string(cpu::product_code())},
                 {"threads", static_cast<double>(thread_count())},
                 {"compiler", std::string("g++ ") + __VERSION__}});
  for (const Benchmark& benchmark : benchmarks) benchmark.measure(options, report);
  if (!options.json.empty()) report.write_json(options.json);
  return 0;
}

}  // namespace
}  // namespace intertwiner::bench

int main(int argc, char** argv) {
  return intertwiner::run_program("bench", [&] { return intertwiner::bench::bench_main(argc, argv); });
}
