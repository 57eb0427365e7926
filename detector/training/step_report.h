// The report of a training step: the terms of the loss (eq. 5), their sum, the learning rate, the gradient's norm.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner {

/// The terms of the loss, without their weights. A term that the settings switch off has no value.
struct StepLosses {
  std::optional<double> rpn_objectness, rpn_box, classes, box, intertwiner, large_class, alignment;
};

/// One of the terms.
using LossValue = std::optional<double> StepLosses::*;
/// Its name in the log: rpn_objectness, rpn_box, class, box, intertwiner, large_class, alignment.
const char* loss_name(LossValue value);

/// The terms that have a value, by name, in the order of the fields.
std::vector<std::pair<std::string, double>> named_losses(const StepLosses& losses);

/// The norm of a loss's gradient, with the loss's weight, at a place in the network: "critic" or "make_up", the output
/// of this layer for the small set.
struct LossGradient {
  std::string place, loss;
  double norm = 0;
};

struct StepReport {
  StepLosses losses;
  double total = 0;  ///< the weighted sum
  double learning_rate = 0;
  double gradient_norm = 0;                       ///< L2 norm before clipping
  std::vector<LossGradient> loss_gradients = {};  ///< in the steps that Trainer::log_gradients chooses
};

}  // namespace intertwiner
