#include "engine/text.h"

#include <algorithm>
#include <cstdint>

namespace intertwiner {
namespace {

/// True for C0 and C1, the codes that terminals obey, and for the separators of lines.
bool is_control(const std::string& text, size_t at, size_t count) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  if (count == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (count == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  return count == 3 && byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9);
}

}  // namespace

NumbersAsInC::NumbersAsInC() {
  static const locale_t c = newlocale(LC_ALL_MASK, "C", nullptr);
  before_ = uselocale(c);
}
NumbersAsInC::~NumbersAsInC() { uselocale(before_); }

size_t character_bytes(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const uint8_t lead = byte(at);
  const size_t count = lead < 0x80                   ? 1
                       : lead >= 0xC2 && lead < 0xE0 ? 2
                       : (lead & 0xF0) == 0xE0       ? 3
                       : lead >= 0xF0 && lead < 0xF5 ? 4
                                                     : 0;
  for (size_t i = 1; i < count; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const uint8_t second = byte(at + 1);
  const bool too_long = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second >= 0xA0, beyond_unicode = lead == 0xF4 && second >= 0x90;
  return too_long || surrogate || beyond_unicode ? 0 : count;
}

size_t display_width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string first_columns(const std::string& text, size_t columns) {
  size_t end = 0, width = 0;
  while (end < text.size()) {
    const bool starts_character = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts_character && width++ == columns) break;
    ++end;
  }
  return text.substr(0, end);
}

std::string first_bytes(std::string text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;  // keeps characters whole
  text.resize(bytes);
  return text;
}

std::string printable(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t count = character_bytes(text, at), step = count > 0 ? count : 1;
    if (count > 0 && !is_control(text, at, count)) {
      result.append(text, at, count);
    } else if (text[at] == '\n') {
      result += "\\n";
    } else {
      for (size_t i = 0; i < step; ++i) result += format("\\x%02x", static_cast<uint8_t>(text[at + i]));
    }
    at += step;
  }
  return result;
}

}  // namespace intertwiner
