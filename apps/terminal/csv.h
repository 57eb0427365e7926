#pragma once
#include <string>

#include "engine/text.h"

namespace intertwiner {

/// A field of a CSV file on one line, in quotes if it needs them (RFC 4180).
inline std::string csv_field(const std::string& value) {
  const std::string text = printable(value);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace intertwiner
