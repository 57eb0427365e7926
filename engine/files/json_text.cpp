// Writes JSON values.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/files/json.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t", kLetter = "\"\\bfnrt";

/// The code of the one character of this text.
unsigned code_of(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  unsigned code = byte(0) & (0xFFu >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3Fu);
  return code;
}

/// The shortest text that reads back as the same number, and as no integer: 1.0, 0.25, 1e-07. Of 1e15 and more, and
/// less than 1e-4, with an exponent. "null" if the number is not finite.
std::string formatted(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> buffer;
  const auto text = [&](std::chars_format form) {
    return std::string(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form).ptr);
  };
  const bool has_exponent = value != 0 && (std::abs(value) < 1e-4 || std::abs(value) >= 1e15);
  if (has_exponent) return text(std::chars_format::scientific);
  const std::string plain = text(std::chars_format::fixed);
  return plain.find('.') == std::string::npos ? plain + ".0" : plain;
}

}  // namespace

/// Writes a value.
class JsonWriter {
 public:
  JsonWriter(int indent, bool ascii, Json::NotUtf8 not_utf8) : indent_(indent), ascii_(ascii), not_utf8_(not_utf8) {}

  std::string text(const Json& json) {
    write(json, 0);
    return std::move(text_);
  }

 private:
  void write(const Json& json, size_t depth) {
    if (json.is_array()) {
      write_all('[', ']', json.items(), depth, [&](const Json& item) { write(item, depth + 1); });
    } else if (json.is_object()) {
      write_all('{', '}', json.members(), depth, [&](const auto& member) {
        write_text(member.first);
        text_ += indent_ < 0 ? ":" : ": ";
        write(member.second, depth + 1);
      });
    } else if (json.is_string()) {
      write_text(json.text());
    } else if (const auto* flag = std::get_if<bool>(&json.value_)) {
      text_ += *flag ? "true" : "false";
    } else if (const auto* integer = std::get_if<int64_t>(&json.value_)) {
      text_ += std::to_string(*integer);
    } else if (const auto* natural = std::get_if<uint64_t>(&json.value_)) {
      text_ += std::to_string(*natural);
    } else if (const auto* number = std::get_if<double>(&json.value_)) {
      text_ += formatted(*number);
    } else {
      text_ += "null";
    }
  }

  template <class Items, class Write>
  void write_all(char begin, char end, const Items& items, size_t depth, const Write& write_one) {
    text_ += begin;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += ',';
      new_line(depth + 1);
      write_one(items[i]);
    }
    if (!items.empty()) new_line(depth);
    text_ += end;
  }

  void new_line(size_t depth) {
    if (indent_ >= 0) text_ += '\n' + std::string(depth * static_cast<size_t>(indent_), ' ');
  }

  void write_text(const std::string& text) {
    text_ += '"';
    for (size_t at = 0; at < text.size();) {
      const size_t count = character_bytes(text, at);
      if (count == 0 && not_utf8_ == Json::NotUtf8::fails) {
        throw JsonError("JSON: byte " + std::to_string(at + 1) + " of a text is not UTF-8");
      }
      const unsigned code = count == 0 ? 0xFFFD : code_of(std::string_view(text).substr(at, count));
      const size_t escape = count == 1 ? kEscaped.find(text[at]) : std::string_view::npos;
      if (escape != std::string_view::npos) {
        text_ += {'\\', kLetter[escape]};
      } else if (code < 0x20 || (ascii_ && code >= 0x7F)) {
        write_code(code);
      } else if (count == 0) {
        text_ += "\xEF\xBF\xBD";
      } else {
        text_.append(text, at, count);
      }
      at += std::max<size_t>(count, 1);
    }
    text_ += '"';
  }

  /// As \u00fc, or as a pair of these.
  void write_code(unsigned code) {
    if (code < 0x10000) {
      text_ += format("\\u%04x", code);
    } else {
      text_ += format("\\u%04x\\u%04x", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
    }
  }

  const int indent_;
  const bool ascii_;
  const Json::NotUtf8 not_utf8_;
  std::string text_;
};

std::string Json::dump(int indent, NotUtf8 not_utf8) const { return JsonWriter(indent, false, not_utf8).text(*this); }

std::string Json::dump_ascii() const { return JsonWriter(-1, true, NotUtf8::replaced).text(*this); }

}  // namespace intertwiner
