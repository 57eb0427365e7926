// RUN/log.jsonl: a JSON object a line, for every step and every evaluation.
//
//   {"step":12,"epoch":0.06,"loss":2.31,"losses":{"rpn_objectness":0.69,…},"learning_rate":0.01,"gradient_norm":4.2,…}
//   {"step":199,"epoch":1.0,"evaluation":{"AP":0.12,"AP50":0.31,…,"classes":{"helmet":0.2}},"seconds":61.5}
//
// Numbers have all their digits, so two runs with the same lines had the same bits.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "detector/evaluation/coco_metrics.h"
#include "detector/training/step_report.h"

namespace intertwiner {

class RunLog {
 public:
  /// Where the run's checkpoint stands.
  struct Checkpoint {
    int64_t step = 0;
    bool is_evaluated = false;  ///< written after the evaluation of its step
  };

  /// Opens the file, or makes it, and cuts off what the checkpoint does not know of: what came later, or a line that
  /// was not finished. Throws UserError where it cannot be written, or another process is writing to it.
  RunLog(const std::filesystem::path& path, const Checkpoint& checkpoint);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// Where in the run a line belongs.
  struct Place {
    int64_t step = 0;  ///< steps done
    double epoch = 0;
    double seconds = 0;  ///< that the step or the evaluation took
  };

  /// Throws UserError where the line cannot be written, for instance because the disk is full.
  void step(const Place& place, const StepReport& report, double images_per_second);
  void evaluation(const Place& place, const CocoMetrics& metrics);
  /// Waits until all lines are on the disk.
  void flush();

 private:
  void write(const std::string& line);
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace intertwiner
