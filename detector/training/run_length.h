// When a run is evaluated, and when its mosaics end. Both are decided once and stored as numbers of steps, so that a
// resumed run has the same.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

/// Measured in the first steps of a run.
struct MeasuredCosts {
  double seconds_per_step = 0;
  double seconds_per_evaluation = 0;  ///< 0: the run has no validation
};

/// The median of the steps' times without the first few, which fill caches. Needs at least one step.
double typical_step_seconds(const std::vector<double>& seconds);

/// Steps between evaluations: the min number of epochs for which evaluation takes at most 1/8 of training's time.
int64_t choose_steps_per_evaluation(const MeasuredCosts& costs, int64_t steps_per_epoch);

/// Whether a run of `total_steps` (0: not known yet) is evaluated after `step` steps. It is evaluated at the end and
/// every `interval` steps (0: only at the end), but not if the end is less than half an interval away.
bool is_evaluation_due(int64_t step, int64_t total_steps, int64_t interval);

/// The step from which on there are no mosaics: after `fraction` of the steps, but not before `first_free_step`,
/// because the earlier batches may have been loaded when the length was decided.
int64_t mosaic_end_step(double fraction, int64_t total_steps, int64_t first_free_step);

}  // namespace intertwiner
