#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "apps/terminal/settings_text.h"
#include "tests/read_text.h"

namespace intertwiner {
namespace {

const std::filesystem::path kPage = std::filesystem::path(INTERTWINER_SOURCE_ROOT) / "apps/settings.md";

}  // namespace

TEST_CASE("apps/settings.md shows the settings as they are") {
  INFO("write it again: build/tests/all_tests \"[settings-page]\"");
  CHECK(tests::read_text(kPage) == settings_markdown());
}

TEST_CASE("writes apps/settings.md", "[.][settings-page]") {
  std::ofstream(kPage) << settings_markdown();
  CHECK(tests::read_text(kPage) == settings_markdown());
}

}  // namespace intertwiner
