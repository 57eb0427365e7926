// The progress of training as text: a line that names every number, or a row of numbers under a header that fits into
// 80 columns:
//
//           step epoch img/s  loss   rpn class   box inter align    AP      ETA
//      1234/5021  0.49 12.30 0.690 0.074 0.412 0.189 0.004 0.011 0.312     6:21
//
// The row leaves out the learning rate and a loss of the large classes, which are in the line and the log.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detector/training/run_observer.h"

namespace intertwiner {

struct StepStatus {
  int64_t step = 0, total_steps = 0;  ///< total_steps 0: not known yet
  double epoch = 0, images_per_second = 0, learning_rate = 0;
  double seconds_left = 0;  ///< valid if total_steps is known
  double loss = 0;
  std::optional<double> ap;                            ///< of the last evaluation of this process
  std::vector<std::pair<std::string, double>> losses;  ///< names of the log
};

/// "step 12/400, epoch 0.13, …".
std::string status_line(const StepStatus& status);
/// The names of the columns, and the numbers under them.
std::string status_header(const StepStatus& status);
std::string status_row(const StepStatus& status);

/// Losses and speed, averaged over about the last `steps` steps.
class SmoothedSteps {
 public:
  explicit SmoothedSteps(double steps = 30) : decay_(1 - 1 / steps) {}

  void add(const StepProgress& progress);
  /// The status after `progress`, which must be the last that was added.
  StepStatus status(const StepProgress& progress) const;

 private:
  double decay_, weight_ = 0, seconds_ = 0, total_ = 0;  // weight_: sum of the weights; the others: weighted sums
  std::vector<std::pair<std::string, double>> losses_;
};

}  // namespace intertwiner
