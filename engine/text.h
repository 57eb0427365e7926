// Formatted and joined text, and text that is safe to print.
#pragma once
#include <locale.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace intertwiner {

/// While it exists, this thread reads and writes numbers as in C ("0.5"), whatever the program's locale is.
class NumbersAsInC {
 public:
  NumbersAsInC();
  ~NumbersAsInC();
  NumbersAsInC(const NumbersAsInC&) = delete;
  NumbersAsInC& operator=(const NumbersAsInC&) = delete;

 private:
  locale_t before_;
};

/// The text that printf prints in the locale "C".
std::string format(const char* pattern, auto... values) {
  const NumbersAsInC numbers;
  std::string text(static_cast<size_t>(std::snprintf(nullptr, 0, pattern, values...)), ' ');
  std::snprintf(text.data(), text.size() + 1, pattern, values...);
  return text;
}

/// The text without blanks and line breaks at both ends.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

inline std::string joined(const std::vector<std::string>& items, const std::string& between = ", ") {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : between) + item;
  return text;
}

/// The number of bytes of the UTF-8 character that begins at byte `at`; 0 if none begins there.
size_t character_bytes(std::string_view text, size_t at);

/// The number of characters of a text in UTF-8. Each is taken to be one column wide.
size_t display_width(const std::string& text);

/// The first `columns` characters of a text in UTF-8.
std::string first_columns(const std::string& text, size_t columns);

/// The first characters of a text in UTF-8 that have at most `bytes` bytes together.
std::string first_bytes(std::string text, size_t bytes);

/// The text on one line that a terminal shows as it is: control characters and bytes that are not UTF-8 become \n or
/// \x1b. For names of files and classes, which may hold anything.
std::string printable(const std::string& text);
inline bool is_printable(const std::string& text) { return printable(text) == text; }

}  // namespace intertwiner
