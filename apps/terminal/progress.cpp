#include "apps/terminal/progress.h"

#include <iostream>

#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr double kTerminalSeconds = 0.2;  // between updates of the line

}  // namespace

std::string duration_text(double seconds) {
  const auto rounded = static_cast<long long>(seconds + 0.5), minutes = rounded / 60;
  if (minutes >= 60) return format("%lld:%02lld:%02lld", minutes / 60, minutes % 60, rounded % 60);
  return format("%lld:%02lld", minutes, rounded % 60);
}

StatusLine::StatusLine(double seconds_between, TextStream stream)
    : stream_(stream),
      out_(stream == TextStream::output ? std::cout : std::cerr),
      terminal_(is_terminal(stream)),
      seconds_between_(terminal_ ? kTerminalSeconds : seconds_between) {}

bool StatusLine::is_due() const { return now_seconds() - last_shown_ >= seconds_between_; }

void StatusLine::show(const std::string& text) {
  if (!is_due()) return;
  last_shown_ = now_seconds();
  if (terminal_)
    replace(text);
  else
    out_ << text << std::endl;
}

void StatusLine::show_row(const std::string& header, const std::string& row) {
  if (!is_due() || !terminal_) return;
  last_shown_ = now_seconds();
  if (header != header_) {
    clear();
    out_ << first_columns(header, terminal_columns(stream_)) << "\n";
    header_ = header;
  }
  row_ = row;
  replace(row);
}

void StatusLine::print(const std::string& text) {
  if (showing_ && !row_.empty()) {
    replace(row_);
    out_ << "\n";
    showing_ = false;
  }
  clear();
  header_.clear();
  row_.clear();
  out_ << text << std::endl;
}

void StatusLine::clear() {
  if (showing_) out_ << "\r\033[K" << std::flush;
  showing_ = false;
}

void StatusLine::replace(const std::string& text) {
  out_ << "\r" << first_columns(text, terminal_columns(stream_)) << "\033[K" << std::flush;
  showing_ = true;
}

}  // namespace intertwiner
