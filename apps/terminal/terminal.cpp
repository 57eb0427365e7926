#include "apps/terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "engine/text.h"

namespace intertwiner {
namespace {

int descriptor_of(TextStream stream) { return stream == TextStream::output ? STDOUT_FILENO : STDERR_FILENO; }

constexpr size_t kMinColumns = 40, kMaxColumns = 110;

}  // namespace

bool is_terminal(TextStream stream) { return isatty(descriptor_of(stream)) == 1; }

size_t terminal_columns(TextStream stream) {
  winsize size = {};
  if (ioctl(descriptor_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kMaxColumns;
  return std::min<size_t>(size.ws_col - 1u, kMaxColumns);  // the last column makes some terminals wrap
}

size_t line_columns(TextStream stream) { return std::max(terminal_columns(stream), kMinColumns); }

std::string wrapped(const std::string& start, const std::vector<std::string>& items, size_t indent) {
  const size_t columns = line_columns();
  std::string text, line = start;
  bool is_first = true;  // item of its line
  for (const std::string& item : items) {
    if (!is_first && display_width(line) + 1 + display_width(item) > columns) {
      text += line + "\n";
      line = std::string(indent, ' ');
      is_first = true;
    }
    line += (is_first ? "" : " ") + item;
    is_first = false;
  }
  return text + line;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace intertwiner
