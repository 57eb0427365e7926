// The benchmark: how fast the operators, the detector and the programs are, beside what the processor can do and, where
// it is installed, beside PyTorch.
//
//   bench                                                   everything, about ten minutes
//   bench --only step,detect --against-pytorch python3      two parts, in turn with torchvision's
//   bench --only scaling --svg scaling.svg --json scaling.json
//   bench --device cuda --against-pytorch python3           what a GPU does
//
// options.h lists what can be chosen, parts.h what is measured.
#include <algorithm>
#include <sstream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "tests/bench/counting_backend.h"
#include "tests/bench/machine.h"
#include "tests/bench/parts.h"

namespace intertwiner::bench {
namespace {

struct Part {
  const char* name;
  void (*measure)(const BenchOptions&, Report&);
  Device device = Device::cpu;
};
constexpr Part kParts[] = {
    {"operators", measure_operators}, {"step", measure_step},         {"detect", measure_detection},
    {"internet", measure_internet},   {"scaling", measure_scaling},   {"loader", measure_loader},
    {"scoring", measure_scoring},     {"start-up", measure_start_up}, {"gpu", measure_gpu, Device::cuda}};

std::string part_names(Device device) {
  std::string names;
  for (const Part& part : kParts)
    if (part.device == device) names += (names.empty() ? "" : ",") + std::string(part.name);
  return names;
}

void describe(CommandLine& line, BenchOptions& o, std::string& only) {
  line.text("only", only, "PARTS",
            "some of " + part_names(Device::cpu) + "; with --device cuda " + part_names(Device::cuda));
  line.presets(o.preset);
  line.whole_number("image-size", o.image_size, 0, 8192, "side of the square images, px; 0: the preset's");
  line.whole_number("batch", o.batch, 1, 1024, "images of a training step; a GPU's are 2, 8 and 16");
  line.whole_number("regions", o.regions, 0, 10000,
                    "regions an image, sampled in training and proposed in detection; 0: the preset's");
  line.whole_number("repeats", o.repeats, 1, 1000, "timed repetitions; the median counts");
  describe_compute(line, o.compute);
  line.flag("quick", o.quick, "toy sizes and one repetition, to see that everything runs");
  line.text("data", o.data, "DIR", "images for the loader beside the built-in scenes: scenes, or a data set's folder");
  line.text("against-pytorch", o.python, "PYTHON",
            "do steps, detections and starts in turn with torchvision's Faster R-CNN, which this Python has");
  line.text("json", o.json, "FILE", "write all figures here");
  line.text("svg", o.svg, "FILE", "write the plot of scaling here");
  line.text("peak-of", o.peak_of, "PART",
            "print the peak memory of a step or detect alone, MB; the benchmark asks itself");
}

/// The device's parts that are asked for, in the order they are listed.
std::vector<Part> chosen_parts(const std::string& only, Device device) {
  std::vector<std::string> names;
  std::istringstream text(only);
  for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  const bool all = names.empty();
  std::vector<Part> parts;
  for (const Part& part : kParts)
    if (part.device == device && (std::erase(names, part.name) > 0 || all)) parts.push_back(part);
  if (!names.empty())
    throw UserError("only: \"" + names.front() + "\" is no part on " + to_string(device) + "; give some of " +
                    part_names(device));
  return parts;
}

void make_quick(BenchOptions& options) {
  options.preset = "faster-rcnn-small";
  options.image_size = 64;
  options.batch = options.repeats = 1;
  options.regions = 16;
}

int bench_main(int argc, char** argv) {
  count_work();
  BenchOptions options;
  std::string only;
  CommandLine line("bench", "[--only PARTS] [options]", "Measures operators, the detector and the programs.");
  describe(line, options, only);
  if (!line.parse(argc, argv)) return 0;
  if (options.quick) make_quick(options);
  open_compute(options.compute);
  if (!options.peak_of.empty()) {
    print_peak(options);
    return 0;
  }
  if (!options.python.empty() && options.compute.device == Device::cpu && options.preset != "faster-rcnn-r50")
    throw UserError("against-pytorch: torchvision has no " + options.preset + ", only faster-rcnn-r50");
  const std::vector<Part> parts = chosen_parts(only, options.compute.device);
  Report report({{"processor", processor_name()},
                 {"instructions", instruction_set()},
                 {"threads", static_cast<double>(thread_count())},
                 {"compiler", std::string("g++ ") + __VERSION__}});
  for (const Part& part : parts) part.measure(options, report);
  if (!options.json.empty()) report.write_json(options.json);
  return 0;
}

}  // namespace
}  // namespace intertwiner::bench

int main(int argc, char** argv) {
  return intertwiner::run_program("bench", [&] { return intertwiner::bench::bench_main(argc, argv); });
}
