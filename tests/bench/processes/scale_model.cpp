#include "tests/bench/processes/scale_model.h"

#include <algorithm>

namespace intertwiner::bench {
namespace {

constexpr double kTransfers = 3;  // exchange of gradients, gather of values, gather of the rest
constexpr double kDecisions = 6;  // small gathers and broadcasts of the training loop

double others(int64_t processes) { return static_cast<double>(processes - 1); }

double bytes_of_parameters(const StepToScale& step, int64_t processes) {
  return 2 * step.parameters_bytes * others(processes) / static_cast<double>(processes);
}

double bytes_of_rest(const StepToScale& step, int64_t processes) { return step.rest_bytes * others(processes); }

}  // namespace

StepCommunication communication_of(const StepToScale& step, const Link& link, int64_t processes) {
  return {bytes_of_parameters(step, processes) / link.bytes_per_second,
          bytes_of_rest(step, processes) / link.bytes_per_second,
          (kTransfers + kDecisions) * others(processes) * link.latency};
}

double bytes_sent(const StepToScale& step, int64_t processes) {
  return bytes_of_parameters(step, processes) + bytes_of_rest(step, processes);
}

double efficiency(const StepToScale& step, const Link& link, int64_t processes) {
  return step.seconds / (step.seconds + communication_of(step, link, processes).total());
}

int64_t largest_useful(const StepToScale& step, const Link& link) {
  constexpr int64_t kMost = 1 << 16;
  int64_t processes = 1;
  while (processes < kMost && efficiency(step, link, 2 * processes) >= 0.5) processes *= 2;
  return processes;
}

std::string limited_by(const StepToScale& step, const Link& link, int64_t processes) {
  const StepCommunication time = communication_of(step, link, processes);
  const double most = std::max({time.parameters, time.rest, time.latency});
  return most == time.parameters ? "parameters" : most == time.rest ? "statistics and class buffer" : "latency";
}

}  // namespace intertwiner::bench
