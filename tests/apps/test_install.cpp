#include <catch2/catch.hpp>

#include "tests/apps/run_program.h"
#include "tests/skip.h"

using namespace intertwiner::tests;

TEST_CASE("with the installed files alone, every header and the examples in C++, C, Python and CMake work") {
  const std::filesystem::path build = std::filesystem::path(INTERTWINER_PROGRAMS).parent_path();
  const std::filesystem::path script = std::filesystem::path(INTERTWINER_SOURCE_ROOT) / "tests" / "install.sh";
  const Result result = run("/bin/sh", {script.string(), build.string()});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Catch::Contains("60 of 60 found their partner"));
  CHECK_THAT(result.out, Catch::Contains("detections, those of C++"));
  CHECK_THAT(result.out, Catch::Contains("Python: the same detections"));
  if (contains(result.out, "cmake is missing")) skip("there is no cmake");
}
