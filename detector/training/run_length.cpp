#include "detector/training/run_length.h"

#include <algorithm>
#include <cmath>

namespace intertwiner {

double typical_step_seconds(const std::vector<double>& seconds) {
  constexpr size_t kUnmeasuredSteps = 5;
  const size_t first = std::min(kUnmeasuredSteps, seconds.size() - 1);
  std::vector<double> measured(seconds.begin() + static_cast<std::ptrdiff_t>(first), seconds.end());
  const auto middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
  std::nth_element(measured.begin(), middle, measured.end());
  return *middle;
}

int64_t choose_steps_per_evaluation(const MeasuredCosts& costs, int64_t steps_per_epoch) {
  constexpr double kMaxShareOfTraining = 1.0 / 8;
  const double affordable = costs.seconds_per_step * static_cast<double>(steps_per_epoch) * kMaxShareOfTraining;
  const double epochs = affordable > 0 ? std::ceil(costs.seconds_per_evaluation / affordable) : 1;
  return steps_per_epoch * static_cast<int64_t>(std::clamp(epochs, 1.0, 1e6));
}

bool is_evaluation_due(int64_t step, int64_t total_steps, int64_t interval) {
  if (total_steps > 0 && step >= total_steps) return true;
  if (interval <= 0 || step == 0 || step % interval != 0) return false;
  return total_steps == 0 || total_steps - step >= interval / 2;
}

int64_t mosaic_end_step(double fraction, int64_t total_steps, int64_t first_free_step) {
  return std::max(first_free_step, static_cast<int64_t>(fraction * static_cast<double>(total_steps)));
}

}  // namespace intertwiner
