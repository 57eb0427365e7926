// Training steps shared by processes: their speed, memory and traffic, and how they are expected to scale. Alone:
//
//   bench --only processes                    two shards, one after the other; and the model, from this time
//   mpirun -np 2 bench --only processes       one shard for each process
#include "apps/compute/processes.h"

#include "detector/model/internet.h"
#include "engine/parallel.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/child.h"
#include "tests/bench/processes/scale_model.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

constexpr double kMega = 1e6;

/// Bytes of what meets in a step beside the gradients: losses and running statistics, the class buffer's additions.
double rest_bytes(Trainer& trainer) {
  int64_t values = 16;
  for (const Buffer& buffer : trainer.model().parameters().buffers())
    if (!buffer.for_training_only) values += buffer.tensor.size();
  if (const ClassBuffer* buffer = trainer.model().class_buffer())
    values += buffer->additions().sum.size() + buffer->additions().count.size();
  return static_cast<double>(values * size_of(DType::float64));
}

void add_model(const StepToScale& step, Report& report) {
  const double gigabit = 1e9 / 8;
  struct Case {
    Link link;
    std::vector<int64_t> processes;
  };
  const std::vector<Case> cases = {{{"GPUs, NVLink (450 GB/s, 10 µs)", 450e9, 10e-6}, {8}},
                                   {{"hosts, 100 Gbit/s, 5 µs", 100 * gigabit, 5e-6}, {8, 64}},
                                   {{"hosts, 25 Gbit/s, 20 µs", 25 * gigabit, 20e-6}, {8, 64}},
                                   {{"hosts, 10 Gbit/s, 30 µs", 10 * gigabit, 30e-6}, {8, 64}}};
  Table table{
      "scale",
      {"link", "processes", "sent by each, MB", "communication, s", "efficiency, %", "most of it", "50% at processes"},
      {},
      {}};
  for (const Case& c : cases)
    for (const int64_t n : c.processes)
      table.rows.push_back({c.link.name, static_cast<double>(n), bytes_sent(step, n) / kMega,
                            communication_of(step, c.link, n).total(), 100 * efficiency(step, c.link, n),
                            limited_by(step, c.link, n), static_cast<double>(largest_useful(step, c.link))});
  table.notes = {
      "a model, not measured: computation of " + number_text(step.seconds) + " s a shard, " +
          number_text(step.parameters_bytes / kMega) + " MB of parameters, " + number_text(step.rest_bytes / kMega) +
          " MB of statistics and class buffer",
      "tests/bench/processes/scale_model.h has the formulas; --step-seconds gives another time of computation"};
  report.add(std::move(table));
}

}  // namespace

void measure_processes(const BenchOptions& options, Report& report) {
  const auto processes = open_processes(Communication::automatic, options.compute);
  const int64_t count = processes->size();
  Settings settings = settings_of(options);
  settings.train.shards = std::max<int64_t>(2, count);  // 2 alone: the same code, one shard after the other
  const int64_t of_shard = divide_up(options.batch, settings.train.shards), rounds = settings.train.shards / count;
  settings.train.batch = of_shard * settings.train.shards;
  const auto trainer = random_trainer(settings, options.compute.placement(), processes);
  const std::vector<Batch> shards(static_cast<size_t>(rounds), random_batch(settings, of_shard));
  trainer->step(shards);
  const Traffic before = processes->traffic();
  const double time = median_seconds(options.repeats, [&] { trainer->step(shards); });
  const Traffic after = processes->traffic();
  const auto steps = static_cast<double>(options.repeats + 1);
  const double sent = static_cast<double>(after.bytes - before.bytes) / steps;

  StepToScale scaled{.rest_bytes = rest_bytes(*trainer)};
  for (const Parameter& p : trainer->model().parameters().parameters())
    scaled.parameters_bytes += static_cast<double>(p.variable.value().bytes());
  scaled.seconds = options.step_seconds > 0 ? options.step_seconds : time / static_cast<double>(rounds);
  Table table{
      "processes",
      {"processes", "shards", "threads of each", "time, s", "images per second", "peak memory of the first, MB",
       "sent by the first, MB", "messages", "sent / parameters"},
      {{static_cast<double>(count), static_cast<double>(settings.train.shards), static_cast<double>(thread_count()),
        time, static_cast<double>(settings.train.batch) / time, peak_megabytes(), sent / kMega,
        static_cast<double>(after.messages - before.messages) / steps, sent / scaled.parameters_bytes}},
      {}};
  report.add(std::move(table));
  if (count == 1) add_model(scaled, report);
}

}  // namespace intertwiner::bench
