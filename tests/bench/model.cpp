// Measures the whole detector: a training step and a detection, on request also PyTorch's, and the cost of the
// intertwiner.
#include <cstdio>
#include <optional>

#include "engine/error.h"
#include "engine/parallel.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/child.h"
#include "tests/bench/counting_backend.h"
#include "tests/bench/pytorch.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

constexpr double kGiga = 1e9;
constexpr int kWarmUps = 2;

/// `what` is "step" or "detect", as in PyTorch::ask.
std::function<void()> work_of(const std::string& what, const Settings& settings, const BenchOptions& options) {
  return what == "step" ? training_step(settings, options.batch) : detection(settings);
}

/// The peak memory in MB, measured in a new process because the peak of a process never falls.
double own_peak(const std::string& what, const BenchOptions& o) {
  const auto text = [](int64_t value) { return std::to_string(value); };
  Child child({"/proc/self/exe", "--peak-of", what, "--preset", o.preset, "--image-size", text(o.image_size), "--batch",
               text(o.batch), "--regions", text(o.regions), "--threads", text(thread_count())});
  const auto answer = child.read_line();
  if (!answer) throw InternalError("the process that measures memory has ended without an answer");
  return std::stod(*answer);
}

double pytorch_peak(const std::string& what, const BenchOptions& options, const Settings& settings) {
  PyTorch pytorch(options, settings, kClasses);
  for (int i = 0; i < kWarmUps; ++i) pytorch.ask(what);
  return pytorch.ask("peak");
}

void measure(const std::string& what, const BenchOptions& options, Report& report) {
  const Settings settings = settings_of(options);
  const double images = what == "step" ? static_cast<double>(options.batch) : 1;
  std::optional<PyTorch> pytorch;
  if (!options.python.empty()) pytorch.emplace(options, settings, kClasses);
  const auto work = work_of(what, settings, options);
  const Work done = counted(work);
  const Times times = in_turn(options.repeats, work, pytorch ? &*pytorch : nullptr, what);

  Table table{what, {"what", "ours"}, {}, {}};
  const auto add = [&](const std::string& name, double own) -> Row& { return table.rows.emplace_back(Row{name, own}); };
  add("time, s", times.ours);
  add("images per second", images / times.ours);
  add("peak memory, MB", own_peak(what, options));
  add("regions per image", static_cast<double>(done.regions) / images);
  add("arithmetic, GFLOP", done.flops / kGiga);
  add("GFLOP/s", done.flops / times.ours / kGiga);
  const std::string side = std::to_string(settings.input.image_size);
  table.notes = {options.preset + ", " + number_text(images) + " of " + side + "×" + side + " px, medians of " +
                 std::to_string(options.repeats)};
  if (pytorch) {
    const double regions = pytorch->ask("regions") / images;
    table.notes.push_back("PyTorch, measured in turn: " + pytorch->versions() + ", channels last, float32");
    pytorch.reset();
    const std::vector<double> figures = {times.theirs, images / times.theirs, pytorch_peak(what, options, settings),
                                         regions};
    table.columns.insert(table.columns.end(), {"PyTorch", "ratio"});
    for (size_t i = 0; i < table.rows.size(); ++i) {
      Row& row = table.rows[i];
      const bool both = i < figures.size();
      row.push_back(both ? Cell(figures[i]) : Cell());
      row.push_back(both ? Cell(row[1].number / figures[i]) : Cell());
    }
  }
  report.add(std::move(table));
}

}  // namespace

void measure_step(const BenchOptions& options, Report& report) { measure("step", options, report); }
void measure_detection(const BenchOptions& options, Report& report) { measure("detect", options, report); }

void measure_internet(const BenchOptions& given, Report& report) {
  BenchOptions baseline = given, internet = given;
  baseline.preset = given.quick ? "faster-rcnn-small" : "faster-rcnn-r50";
  internet.preset = given.quick ? "small" : "internet-r50";
  Table table{"internet", {"what", baseline.preset, internet.preset, "ratio"}, {}, {}};
  for (const std::string what : {"step", "detect"}) {
    const auto plain = work_of(what, settings_of(baseline), baseline),
               intertwined = work_of(what, settings_of(internet), internet);
    const double flops = counted(plain).flops, more_flops = counted(intertwined).flops;
    std::vector<double> times, more_times;
    for (int64_t i = 0; i < given.repeats; ++i) {
      times.push_back(seconds(plain));
      more_times.push_back(seconds(intertwined));
    }
    const auto add = [&](const std::string& figure, double a, double b) {
      table.rows.push_back({what + ": " + figure, a, b, b / a});
    };
    add("arithmetic, GFLOP", flops / kGiga, more_flops / kGiga);
    add("time, s", median(times), median(more_times));
  }
  table.notes = {"arithmetic: all convolutions and matrix products, counted as direct convolutions"};
  report.add(std::move(table));
}

void print_peak(const BenchOptions& options) {
  const auto work = work_of(options.peak_of, settings_of(options), options);
  for (int i = 0; i < kWarmUps; ++i) work();
  std::printf("%.1f\n", peak_megabytes());
}

}  // namespace intertwiner::bench
