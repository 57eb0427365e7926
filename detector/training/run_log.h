// RUN/log.jsonl: one JSON object on a line for every step and every evaluation.
//
//   {"step":12,"epoch":0.06,"loss":2.31,"losses":{"rpn_objectness":0.69,…},"learning_rate":0.01,"gradient_norm":4.2,…}
//   {"step":199,"epoch":1.0,"evaluation":{"AP":0.12,"AP50":0.31,…,"classes":{"helmet":0.2}},"seconds":61.5}
//
// In a run of a given length in minutes, steps also have "share", the share of the minutes that had passed.
// With --log-gradients some steps also have the norms of each loss's gradient:
// "gradients":{"critic":{"class":0.02,"intertwiner":0.001,…},"make_up":{…}}.
//
// Numbers have all their digits, so two logs with equal lines are of runs with equal bits.
#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>

#include "detector/evaluation/coco_metrics.h"
#include "detector/training/step_report.h"

namespace intertwiner {

class RunLog {
 public:
  /// The run's last checkpoint.
  struct Checkpoint {
    int64_t step = 0;
    bool is_evaluated = false;  ///< it was written after the evaluation of its step
  };

  /// Opens or creates the file. Throws UserError if it cannot be written or another process is writing to it.
  explicit RunLog(const std::filesystem::path& path);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// Removes the lines written after the checkpoint, and an incomplete last line. Throws UserError if a line before the
  /// checkpoint is not one of a log.
  void keep_until(const Checkpoint& checkpoint);

  /// The position of a line in the run.
  struct Position {
    int64_t step = 0;  ///< steps done
    double epoch = 0;
    double seconds = 0;  ///< duration of the step or the evaluation
  };

  /// The shares of the minutes (RunClock) of the steps after `step`, as far as the lines are complete.
  std::deque<double> shares_after(int64_t step) const;

  /// Writes a line. `share`: of the minutes; negative: they do not decide the run's length. Throws UserError if it
  /// cannot be written, for example because the disk is full.
  void step(const Position& at, const StepReport& report, double images_per_second, double share = -1);
  void evaluation(const Position& at, const CocoMetrics& metrics);
  /// Waits until all lines are on the disk.
  void flush();

 private:
  void write(const std::string& line);
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace intertwiner
