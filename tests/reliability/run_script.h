// Runs a script of this folder with the built programs.
#pragma once
#include <catch2/catch.hpp>
#include <string>

#include "tests/apps/run_program.h"

namespace intertwiner::tests {

/// Checks that the script ends with exit code 0 and prints `says`.
inline void check_script(const std::string& script, const Arguments& arguments, const std::string& says) {
  const std::string path = INTERTWINER_SOURCE_ROOT "/tests/reliability/" + script;
  const Result result = run("/usr/bin/env", Arguments{"python3", path} + arguments +
                                                Arguments{"--build", std::string(INTERTWINER_PROGRAMS) + "/.."});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Catch::Contains(says));
}

}  // namespace intertwiner::tests
