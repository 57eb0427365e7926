// What a training run tells the program that started it, and the one thing that it asks. All calls come from the thread
// that trains, between steps, so an observer should return soon. Every function has an empty default:
//
//   struct Progress : RunObserver {
//     void on_step(const StepProgress& p) override { std::printf("step %lld: %g\n", p.step, p.report.total); }
//   };
#pragma once
#include <cstdint>
#include <string>

#include "detector/evaluation/coco_metrics.h"
#include "detector/training/step_report.h"

namespace intertwiner {

/// A step that was done and logged.
struct StepProgress {
  int64_t step = 0;         ///< steps done, this one included
  int64_t total_steps = 0;  ///< 0: not decided yet
  double epoch = 0;
  int64_t images = 0;                  ///< of this step
  double seconds = 0;                  ///< that this step took
  double evaluation_seconds_left = 0;  ///< that the evaluations until the end will take, estimated
  StepReport report;
};

/// An evaluation that was done and logged.
struct EvaluationProgress {
  int64_t step = 0;  ///< steps done
  double epoch = 0;
  CocoMetrics metrics;
  bool is_best = false;  ///< this model is written to best.safetensors
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;

  virtual void on_step(const StepProgress&) {}
  /// During an evaluation: `done` of `images` images.
  virtual void on_evaluating(int64_t /*done*/, int64_t /*images*/) {}
  virtual void on_evaluation(const EvaluationProgress&) {}
  /// A sentence for a person, such as how many steps the minutes allow.
  virtual void on_message(const std::string&) {}
  /// Asked before every step, and after every few images of an evaluation. False: the run saves and stops.
  virtual bool may_go_on() { return true; }
};

}  // namespace intertwiner
