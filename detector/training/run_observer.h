// A program derives from RunObserver to show the progress of a training run and to stop it. The training thread calls
// the functions between steps and waits for each, so they should be fast. An exception passes through `train`, which
// then saves no checkpoint. Every function has an empty default:
//
//   struct Progress : RunObserver {
//     void on_step(const StepProgress& p) override { std::printf("step %d: %g\n", int(p.step), p.report.total); }
//   };
#pragma once
#include <cstdint>
#include <string>

#include "detector/evaluation/coco_metrics.h"
#include "detector/training/step_report.h"

namespace intertwiner {

/// A finished step, which is in the log.
struct StepProgress {
  int64_t step = 0;         ///< steps done, this one included
  int64_t total_steps = 0;  ///< an estimate if the length is in minutes, and 0 at the start
  double epoch = 0;
  int64_t images = 0;                  ///< of this step
  double seconds = 0;                  ///< duration of this step
  double evaluation_seconds_left = 0;  ///< estimated duration of all evaluations until the end
  StepReport report;
};

/// A finished evaluation, which is in the log.
struct EvaluationProgress {
  int64_t step = 0;  ///< steps done
  double epoch = 0;
  CocoMetrics metrics;
  bool is_best = false;    ///< this model becomes best.safetensors
  int64_t unreadable = 0;  ///< images that could not be read and were left out
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;

  virtual void on_step(const StepProgress&) {}
  /// During an evaluation: `done` of `images` images.
  virtual void on_evaluating(int64_t /*done*/, int64_t /*images*/) {}
  virtual void on_evaluation(const EvaluationProgress&) {}
  /// A message for the user, such as how many steps the minutes allow.
  virtual void on_message(const std::string&) {}
  /// Called before every step and after every few images of an evaluation. Return false to save and stop the run.
  virtual bool should_continue() { return true; }
};

}  // namespace intertwiner
