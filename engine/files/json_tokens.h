// Splits a text into the tokens of JSON (RFC 8259): brackets, commas, colons, texts, numbers, true, false and null.
// json_parse.cpp makes values of them. Tokens that nobody needs are checked, but not converted.
//
// COCO's annotations have half a gigabyte, most of it numbers of outlines, so this code is written to be fast.
// Libraries were measured: nlohmann/json takes twice the time of this code even if the outlines are removed first.
// Debian's simdjson is a shared library alone, needs a gigabyte, and does not tell at which byte a text is broken.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/files/json.h"

namespace intertwiner {

class JsonTokens {
 public:
  /// A byte order mark at the begin is skipped.
  explicit JsonTokens(std::string_view text);

  /// The first character of the next token, or '\0' at the end of the text.
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  /// Takes the character that `peek` returned.
  void take() { ++at_; }
  /// Takes the next token if it is this character. Otherwise throws JsonError.
  void expect(char c) {
    if (peek() != c) fail();
    take();
  }

  // The functions below take the token that begins at the character that `peek` returned. They throw JsonError if it is
  // not complete.
  void text(std::string& value);  ///< with escapes replaced
  void skip_text();
  Json number();
  void skip_number();   ///< also throws JsonError if the number is out of range
  void skip_numbers();  ///< of an array: also the numbers after it, with their commas
  void word(std::string_view word);

  /// Bytes that were taken.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  bool is_at_end() { return peek() == '\0' && at_ == end_; }
  /// Throws JsonError for the next character.
  [[noreturn]] void fail() const { fail(at_); }

 private:
  [[noreturn]] void fail(const char* at) const;
  char at(const char* character) const { return character == end_ ? '\0' : *character; }
  /// The end of the plain characters of a text from `from` on: its closing quote, or a backslash.
  const char* plain_end(const char* from) const;
  /// Appends the character of the escape that begins at the backslash `from`. Returns its end.
  const char* escape(const char* from, std::string& value) const;
  /// The value of four hexadecimal digits from `from` on.
  unsigned hex(const char* from) const;
  const char* digits_end(const char* from) const;
  double floating(const char* end) const;

  /// The end of a number, and what it has.
  struct Number {
    const char* end;
    bool is_integer = true, has_exponent = false;
  };
  Number scan_number() const;

  const char *begin_, *at_, *end_;
};

}  // namespace intertwiner
