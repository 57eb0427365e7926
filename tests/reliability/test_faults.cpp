// Short versions of faults.py and power_loss.py. tests/README.md has the complete ones.
#include <catch2/catch.hpp>

#include "tests/reliability/run_script.h"

using namespace intertwiner::tests;

TEST_CASE("calls of the system that fail end a program in one line, and nothing is lost", "[reliability]") {
  check_script("faults.py", {"--at-most", "1"}, "memory");
}

TEST_CASE("a power loss at any moment leaves each file complete, old or new", "[reliability]") {
  check_script("power_loss.py", {}, "replaced");
}
