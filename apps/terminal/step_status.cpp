#include "apps/terminal/step_status.h"

#include <algorithm>

#include "apps/terminal/progress.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kStepColumns = 12, kNumberColumns = 6, kTimeColumns = 9;  // with the space before

std::string right(const std::string& text, size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

/// A loss or speed up to 99,999 in at most five characters.
std::string short_number(double value) {
  if (value < 10) return format("%.3f", value);
  if (value < 100) return format("%.2f", value);
  return format("%.0f", value);
}

/// The column of a loss; empty if it has none. Both losses of the proposals share one.
std::string column_of(const std::string& loss) {
  if (loss == "rpn_objectness" || loss == "rpn_box") return "rpn";
  if (loss == "class" || loss == "box") return loss;
  if (loss == "intertwiner") return "inter";
  if (loss == "alignment") return "align";
  return "";
}

/// The columns of the losses with their sums.
std::vector<std::pair<std::string, double>> columns_of(const StepStatus& status) {
  std::vector<std::pair<std::string, double>> columns;
  for (const auto& [name, loss] : status.losses) {
    const std::string column = column_of(name);
    if (column.empty()) continue;
    if (columns.empty() || columns.back().first != column) columns.emplace_back(column, 0);
    columns.back().second += loss;
  }
  return columns;
}

std::string steps_text(const StepStatus& status) {
  return std::to_string(status.step) + "/" + (status.total_steps > 0 ? std::to_string(status.total_steps) : "?");
}

std::string time_left(const StepStatus& status) {
  return status.total_steps > 0 ? duration_text(status.seconds_left) : "?";
}

}  // namespace

std::string status_line(const StepStatus& status) {
  std::string text = "step " + steps_text(status) + ", epoch " + format("%.2f", status.epoch) + ", " +
                     format("%.2f images/s, ETA ", status.images_per_second) + time_left(status) +
                     format(", learning rate %.3g, loss %.3g (", status.learning_rate, status.loss);
  const char* separator = "";
  for (const auto& [name, loss] : status.losses) {
    text += separator + name + format(" %.3g", loss);
    separator = ", ";
  }
  text += ")";
  return status.ap ? text + format(", last AP %.3f", *status.ap) : text;
}

std::string status_header(const StepStatus& status) {
  std::string text = right("step", kStepColumns);
  for (const char* name : {"epoch", "img/s", "loss"}) text += right(name, kNumberColumns);
  for (const auto& [name, loss] : columns_of(status)) text += right(name, kNumberColumns);
  return text + right("AP", kNumberColumns) + right("ETA", kTimeColumns);
}

std::string status_row(const StepStatus& status) {
  std::string text = right(steps_text(status), kStepColumns) +
                     right(format(status.epoch < 100 ? "%.2f" : "%.1f", status.epoch), kNumberColumns) +
                     right(short_number(status.images_per_second), kNumberColumns) +
                     right(short_number(status.loss), kNumberColumns);
  for (const auto& [name, loss] : columns_of(status)) text += right(short_number(loss), kNumberColumns);
  return text + right(status.ap ? format("%.3f", *status.ap) : "-", kNumberColumns) +
         right(time_left(status), kTimeColumns);
}

void SmoothedSteps::add(const StepProgress& progress) {
  const auto losses = named_losses(progress.report.losses);
  weight_ = weight_ * decay_ + 1;
  seconds_ = seconds_ * decay_ + progress.seconds;
  total_ = total_ * decay_ + progress.report.total;
  losses_.resize(losses.size());
  for (size_t i = 0; i < losses_.size(); ++i) {
    losses_[i].first = losses[i].first;
    losses_[i].second = losses_[i].second * decay_ + losses[i].second;
  }
}

StepStatus SmoothedSteps::status(const StepProgress& progress) const {
  const double seconds = seconds_ / weight_;
  StepStatus status{.step = progress.step,
                    .total_steps = progress.total_steps,
                    .epoch = progress.epoch,
                    .images_per_second = static_cast<double>(progress.images) / seconds,
                    .learning_rate = progress.report.learning_rate,
                    .seconds_left = static_cast<double>(progress.total_steps - progress.step) * seconds +
                                    progress.evaluation_seconds_left,
                    .loss = total_ / weight_,
                    .ap = {},
                    .losses = {}};
  for (const auto& [name, sum] : losses_) status.losses.emplace_back(name, sum / weight_);
  return status;
}

}  // namespace intertwiner
