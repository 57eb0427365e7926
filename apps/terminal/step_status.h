// What a person is told of training while it goes on: in a pipe a line with everything named, on a terminal a row of
// numbers under a header, so that all of it fits into 80 columns:
//
//           step epoch img/s  rate   rpn  rbox class   box inter align      ETA
//      1234/5021  0.49 12.30  0.01 0.023 0.051 0.412 0.189 0.004 0.011     6:21
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "detector/training/run_observer.h"

namespace intertwiner {

struct StepStatus {
  int64_t step = 0, total_steps = 0;  ///< total 0: not known yet
  double epoch = 0, images_per_second = 0, learning_rate = 0;
  double seconds_left = 0;  ///< counts where total_steps is known
  double loss = 0;
  std::vector<std::pair<std::string, double>> losses;  ///< by name, as the log has them
};

/// "step 12/400, epoch 0.13, …": everything, named.
std::string status_line(const StepStatus& status);
/// The columns' names, and the numbers to stand under them.
std::string status_header(const StepStatus& status);
std::string status_row(const StepStatus& status);

/// Losses and speed, smoothed over about the last `steps` steps.
class SmoothedSteps {
 public:
  explicit SmoothedSteps(double steps = 30) : decay_(1 - 1 / steps) {}

  void add(const StepProgress& progress);
  /// After `progress`, which was added last.
  StepStatus status(const StepProgress& progress) const;

 private:
  double decay_, weight_ = 0, seconds_ = 0, total_ = 0;  // sums and the sum of their weights
  std::vector<std::pair<std::string, double>> losses_;
};

}  // namespace intertwiner
