// Formatted and joined text, and text that is safe to print.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

namespace intertwiner {

/// The text that printf prints.
std::string format(const char* pattern, auto... values) {
  std::string text(static_cast<size_t>(std::snprintf(nullptr, 0, pattern, values...)), ' ');
  std::snprintf(text.data(), text.size() + 1, pattern, values...);
  return text;
}

inline std::string joined(const std::vector<std::string>& items, const std::string& between = ", ") {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : between) + item;
  return text;
}

/// The text on one line that a terminal shows as it is: control characters and bytes that are not UTF-8 become \n or
/// \x1b. For names of files and classes, which may hold anything.
std::string printable(const std::string& text);
inline bool is_printable(const std::string& text) { return printable(text) == text; }

}  // namespace intertwiner
