#include "engine/files/json_tokens.h"

#include <locale.h>
#include <stdlib.h>

#include <charconv>
#include <cmath>

#include "engine/text.h"

namespace intertwiner {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  const auto put_rest = [&](int shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put_rest(0);
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put_rest(6), put_rest(0);
  } else {
    put(0xF0 | (code >> 18));
    put_rest(12), put_rest(6), put_rest(0);
  }
}

}  // namespace

JsonTokens::JsonTokens(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {
  if (text.starts_with("\xEF\xBB\xBF")) at_ += 3;
}

void JsonTokens::fail(const char* at) const {
  const size_t byte = static_cast<size_t>(at - begin_) + 1;
  throw JsonError("broken JSON at byte " + std::to_string(byte), byte);
}

void JsonTokens::word(std::string_view word) {
  for (const char c : word) {
    if (at(at_) != c) fail();
    ++at_;
  }
}

const char* JsonTokens::plain_end(const char* from) const {
  for (const char* c = from;;) {
    const auto byte = static_cast<unsigned char>(at(c));
    if (byte == '"' || byte == '\\') return c;
    if (byte < 0x20) fail(c);  // or the end of the text
    if (byte < 0x80) {
      ++c;
      continue;
    }
    const size_t count = character_bytes(std::string_view(c, static_cast<size_t>(end_ - c)), 0);
    if (count == 0) fail(c);
    c += count;
  }
}

void JsonTokens::text(std::string& value) {
  const char* begin = at_ + 1;
  const char* end = plain_end(begin);
  value.assign(begin, end);
  while (*end == '\\') {
    begin = escape(end, value);
    end = plain_end(begin);
    value.append(begin, end);
  }
  at_ = end + 1;
}

void JsonTokens::skip_text() {
  const char* end = plain_end(at_ + 1);
  for (std::string ignored; *end == '\\';) end = plain_end(escape(end, ignored));
  at_ = end + 1;
}

unsigned JsonTokens::hex(const char* from) const {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at(from + i);
    const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_digit(c) && !is_letter) fail(from + i);
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c & 0xDF) - 'A' + 10);
  }
  return value;
}

const char* JsonTokens::escape(const char* from, std::string& value) const {
  constexpr std::string_view kEscaped = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
  const char* c = from + 1;
  if (const size_t which = kEscaped.find(at(c)); which != std::string_view::npos) {
    value += kMeaning[which];
    return c + 1;
  }
  if (at(c) != 'u') fail(c);
  unsigned code = hex(c + 1);
  c += 5;
  if (code >= 0xDC00 && code < 0xE000) fail(c - 1);  // the second half of a pair
  if (code >= 0xD800 && code < 0xDC00) {
    if (at(c) != '\\') fail(c);
    if (at(c + 1) != 'u') fail(c + 1);
    const unsigned low = hex(c + 2);
    if (low < 0xDC00 || low >= 0xE000) fail(c + 5);
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    c += 6;
  }
  append_utf8(value, code);
  return c;
}

const char* JsonTokens::digits_end(const char* from) const {
  const char* c = from;
  while (is_digit(at(c))) ++c;
  if (c == from) fail(c);
  return c;
}

JsonTokens::Number JsonTokens::scan_number() const {
  const char* c = at_ + (*at_ == '-');
  Number number{at(c) == '0' ? c + 1 : digits_end(c)};
  if (at(number.end) == '.') {
    number.end = digits_end(number.end + 1);
    number.is_integer = false;
  }
  if (at(number.end) == 'e' || at(number.end) == 'E') {
    ++number.end;
    number.end = digits_end(number.end + (at(number.end) == '+' || at(number.end) == '-'));
    number.is_integer = false;
    number.has_exponent = true;
  }
  return number;
}

double JsonTokens::floating(const char* end) const {
  double value = 0;
  if (std::from_chars(at_, end, value).ec == std::errc()) return value;
  const std::string text(at_, end);                                    // too large or too small
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);  // a program may have set a decimal comma
  value = strtod_l(text.c_str(), nullptr, plain);
  if (std::isfinite(value)) return value;
  throw JsonError("number overflow parsing '" + (text.size() > 300 ? text.substr(0, 300) + "..." : text) + "'");
}

Json JsonTokens::number() {
  const Number number = scan_number();
  Json result;
  int64_t integer = 0;
  uint64_t natural = 0;
  if (number.is_integer && std::from_chars(at_, number.end, integer).ec == std::errc()) {
    result = Json(integer);
  } else if (number.is_integer && *at_ != '-' && std::from_chars(at_, number.end, natural).ec == std::errc()) {
    result = Json(natural);
  } else {
    result = Json(floating(number.end));
  }
  at_ = number.end;
  return result;
}

void JsonTokens::skip_number() {
  constexpr std::ptrdiff_t kNeverTooLarge = 300;  // digits
  const Number number = scan_number();
  if (number.has_exponent || number.end - at_ > kNeverTooLarge) floating(number.end);
  at_ = number.end;
}

void JsonTokens::skip_numbers() {
  for (;;) {
    skip_number();
    const char* const end = at_;
    if (peek() == ',') {
      take();
      const char next = peek();
      if (next == '-' || is_digit(next)) continue;
    }
    at_ = end;
    return;
  }
}

}  // namespace intertwiner
