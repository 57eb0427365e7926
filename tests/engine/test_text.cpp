#include <catch2/catch.hpp>
#include <cstdio>

#include "engine/text.h"
#include "tests/comma_locale.h"
#include "tests/skip.h"

using namespace intertwiner;

TEST_CASE("numbers are formatted with points, whatever the locale is") {
  const tests::CommaLocale locale;
  if (!locale.works()) return tests::skip("localedef cannot make the locale de_DE: " + locale.reason());
  CHECK(format("%.1f", 0.5) == "0.5");
  char text[8];
  std::snprintf(text, sizeof text, "%.1f", 0.5);
  CHECK(std::string(text) == "0,5");
}

TEST_CASE("the first columns of a text end between characters") {
  CHECK(first_columns("aäö", 2) == "aä");
  CHECK(first_columns("aäö", 3) == "aäö");
  CHECK(first_columns("aäö", 9) == "aäö");
  CHECK(first_columns("äö", 0).empty());
}

TEST_CASE("text without control characters is printed as it is") {
  for (const std::string text : {"", "a b.jpg", "Zürich", "日本.png", "\xF0\x9F\x98\x80"}) {
    CHECK(printable(text) == text);
    CHECK(is_printable(text));
  }
}

TEST_CASE("control characters and bytes that are not UTF-8 are escaped") {
  CHECK(printable("a\nb") == "a\\nb");
  CHECK(printable("\x1b[31mred\x7f") == "\\x1b[31mred\\x7f");
  CHECK(printable("\xC2\x9B") == "\\xc2\\x9b");           // C1: a terminal may obey it
  CHECK(printable("\xE2\x80\xA8") == "\\xe2\\x80\\xa8");  // line separator
  CHECK(printable("caf\xE9") == "caf\\xe9");              // Latin-1
  CHECK(printable("\xC0\xAF\xED\xA0\x80\xF5") == "\\xc0\\xaf\\xed\\xa0\\x80\\xf5");
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xE6\x97") == "\\xe6\\x97");  // cut short
}
