// Formatted and joined text.
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

}  // namespace intertwiner
