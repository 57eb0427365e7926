#include "apps/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace intertwiner {
namespace {

constexpr double kTerminalSeconds = 0.2;  // between updates of the line

size_t terminal_width() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 1000u;
}

std::string short_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration_text(double seconds) {
  const int64_t whole = static_cast<int64_t>(seconds + 0.5);
  char text[40];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(whole / 3600), static_cast<int>(whole / 60 % 60),
                  static_cast<int>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  }
  return text;
}

StatusLine::StatusLine(double seconds_between)
    : terminal_(isatty(STDOUT_FILENO) == 1), seconds_between_(terminal_ ? kTerminalSeconds : seconds_between) {}

bool StatusLine::is_due() const { return now_seconds() - last_shown_ >= seconds_between_; }

void StatusLine::show(const std::string& text) {
  if (!is_due()) return;
  last_shown_ = now_seconds();
  if (terminal_) {
    std::cout << "\r" << text.substr(0, terminal_width()) << "\033[K" << std::flush;
    showing_ = true;
  } else {
    std::cout << text << std::endl;
  }
}

void StatusLine::print(const std::string& text) {
  clear();
  std::cout << text << std::endl;
}

void StatusLine::clear() {
  if (showing_) std::cout << "\r\033[K" << std::flush;
  showing_ = false;
}

void SmoothedSteps::add(const StepReport& report, double seconds) {
  weight_ = weight_ * decay_ + 1;
  seconds_ = seconds_ * decay_ + seconds;
  total_ = total_ * decay_ + report.total;
  losses_.resize(report.losses.size());
  for (size_t i = 0; i < losses_.size(); ++i) {
    losses_[i].first = report.losses[i].first;
    losses_[i].second = losses_[i].second * decay_ + report.losses[i].second;
  }
}

std::string SmoothedSteps::losses_text() const {
  std::string parts;
  for (const auto& [name, sum] : losses_) parts += (parts.empty() ? "" : ", ") + name + " " + short_text(sum / weight_);
  return "loss " + short_text(total_ / weight_) + " (" + parts + ")";
}

}  // namespace intertwiner
