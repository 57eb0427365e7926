// What a person sees while a program works: on a terminal one line that updates, in a pipe or file a line now and then.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "detector/trainer.h"

namespace intertwiner {

/// Seconds on a clock that never jumps.
double now_seconds();

/// "4:05" or "1:02:03".
std::string duration_text(double seconds);

/// A line that replaces itself on a terminal; elsewhere it is printed every `seconds_between` seconds.
class StatusLine {
 public:
  explicit StatusLine(double seconds_between = kLinesEverySeconds);

  static constexpr double kLinesEverySeconds = 10, kNoLines = 1e12;  ///< elsewhere than on a terminal

  /// Shows the text, cut to the terminal's width, unless the last one was shown just now.
  void show(const std::string& text);
  /// Prints text that stays, over what the line showed.
  void print(const std::string& text);
  /// Takes away what the line shows, on a terminal.
  void clear();
  /// True if the next `show` would do something: spares making a text that nobody sees.
  bool is_due() const;

 private:
  bool terminal_;
  double seconds_between_, last_shown_ = 0;
  bool showing_ = false;
};

/// Losses and speed, smoothed over about the last `steps` steps.
class SmoothedSteps {
 public:
  explicit SmoothedSteps(double steps = 30) : decay_(1 - 1 / steps) {}

  void add(const StepReport& report, double seconds);
  double seconds_per_step() const { return seconds_ / weight_; }
  /// "loss 2.31 (rpn_objectness 0.69, …)".
  std::string losses_text() const;

 private:
  double decay_, weight_ = 0, seconds_ = 0, total_ = 0;  // sums and the sum of their weights
  std::vector<std::pair<std::string, double>> losses_;
};

}  // namespace intertwiner
