// What a training step reports: the terms of the loss (eq. 5), their sum, the learning rate and the gradient's norm.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner {

/// The loss's terms before they are weighted. A term that the settings switch off has no value.
struct StepLosses {
  std::optional<double> rpn_objectness, rpn_box, classes, box, intertwiner, large_class, alignment;
};

/// One of the terms.
using LossValue = std::optional<double> StepLosses::*;
/// Its name in the log: rpn_objectness, rpn_box, class, box, intertwiner, large_class, alignment.
const char* loss_name(LossValue value);

/// The terms that have a value, by name, in the order of the fields.
std::vector<std::pair<std::string, double>> named_losses(const StepLosses& losses);

struct StepReport {
  StepLosses losses;
  double total = 0;  ///< the weighted sum
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
};

}  // namespace intertwiner
