// What a person sees while a program works: on a terminal one line that updates, in a pipe or file a line now and then.
#pragma once
#include <string>

#include "detector/clock.h"

namespace intertwiner {

/// "4:05" or "1:02:03".
std::string duration_text(double seconds);

/// A line that replaces itself on a terminal; elsewhere it is printed every `seconds_between` seconds.
class StatusLine {
 public:
  explicit StatusLine(double seconds_between = kLinesEverySeconds);

  static constexpr double kLinesEverySeconds = 10, kNoLines = 1e12;  ///< elsewhere than on a terminal

  /// Shows the text, cut to the terminal's width, unless the last one was shown just now.
  void show(const std::string& text);
  /// On a terminal only: shows the row, under the header where that does not stand above it already. The last row stays
  /// when something is printed.
  void show_row(const std::string& header, const std::string& row);
  /// Prints text that stays, below a row and over any other text that the line showed.
  void print(const std::string& text);
  /// Takes away what the line shows, on a terminal.
  void clear();
  /// True if the next `show` would do something: spares making a text that nobody sees.
  bool is_due() const;
  bool is_on_terminal() const { return terminal_; }

 private:
  void replace(const std::string& text);

  bool terminal_;
  double seconds_between_, last_shown_ = 0;
  bool showing_ = false;
  std::string header_;  ///< what stands above the line
  std::string row_;     ///< the last one under the header
};

}  // namespace intertwiner
