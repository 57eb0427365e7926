#include <catch2/catch.hpp>

#include "tests/apps/run_program.h"

using namespace intertwiner::tests;

TEST_CASE("what is installed suffices for a program of others: headers by themselves, the example by pkg-config") {
  const std::filesystem::path build = std::filesystem::path(INTERTWINER_PROGRAMS).parent_path();
  const std::filesystem::path script = std::filesystem::path(INTERTWINER_SOURCE_ROOT) / "tests" / "install.sh";
  const Result result = run("/bin/sh", {script.string(), build.string()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Catch::Contains("60 of 60 found their partner"));
}
