// How long a run is, and how often it is evaluated: from seconds that were measured to numbers of steps that are
// stored, so that a resumed run has the same.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

/// What the first steps of a run have shown.
struct MeasuredCosts {
  double seconds_per_step = 0;
  double seconds_per_evaluation = 0;  ///< 0: nothing to evaluate on
};

/// The median of the times that a run's steps took, without the first few, which fill caches. At least one step.
double typical_step_seconds(const std::vector<double>& seconds);

/// Steps between evaluations: an epoch, or as many epochs as keep evaluation below an eighth of training's time.
int64_t choose_steps_per_evaluation(const MeasuredCosts& costs, int64_t steps_per_epoch);

/// True if a run of `total_steps` (0: not known yet) is evaluated after `step` steps: at the end, and every `interval`
/// steps (0: only at the end), except where the end is nearer than half an interval.
bool is_evaluation_due(int64_t step, int64_t total_steps, int64_t interval);

/// Steps that fit into `seconds`, with the evaluations that fall due: at least one.
int64_t steps_that_fit(double seconds, const MeasuredCosts& costs, int64_t interval);

}  // namespace intertwiner
