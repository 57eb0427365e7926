// Text put together from parts.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

namespace intertwiner {

/// What printf would print.
std::string format(const char* pattern, auto... values) {
  std::string text(static_cast<size_t>(std::snprintf(nullptr, 0, pattern, values...)), ' ');
  std::snprintf(text.data(), text.size() + 1, pattern, values...);
  return text;
}

inline std::string joined(const std::vector<std::string>& parts, const std::string& between = ", ") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

}  // namespace intertwiner
