// Progress of a program: one line that is updated on a terminal, or a line every few seconds in a pipe or a file.
#pragma once
#include <iosfwd>
#include <string>

#include "apps/terminal/terminal.h"
#include "detector/clock.h"

namespace intertwiner {

/// "4:05" or "1:02:03".
std::string duration_text(double seconds);

/// A line that is replaced on a terminal. In a pipe or a file a new line is printed every `seconds_between` seconds.
class StatusLine {
 public:
  explicit StatusLine(double seconds_between = kLinesEverySeconds, TextStream stream = TextStream::output);

  static constexpr double kLinesEverySeconds = 10, kNoLines = 1e12;  ///< values of `seconds_between`

  /// Shows the text, cut to the terminal's width. Does nothing if it is not due.
  void show(const std::string& text);
  /// On a terminal, if it is due: shows a row of numbers. Prints the header above it if that is a new one.
  void show_row(const std::string& header, const std::string& row);
  /// Prints text that stays. A row that is shown stays above it; other text is removed.
  void print(const std::string& text);
  /// Removes the line from a terminal.
  void clear();
  /// True if the next `show` will show its text.
  bool is_due() const;
  bool is_on_terminal() const { return terminal_; }

 private:
  void replace(const std::string& text);

  TextStream stream_;
  std::ostream& out_;
  bool terminal_;
  double seconds_between_, last_shown_ = 0;
  bool showing_ = false;
  std::string header_;  ///< the header above the line
  std::string row_;     ///< the last row under it
};

}  // namespace intertwiner
