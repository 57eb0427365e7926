// Short versions of the commands of this folder. The long ones are in tests/README.md.
#include <catch2/catch.hpp>

#include "tests/reliability/run_script.h"

using namespace intertwiner::tests;

TEST_CASE("runs that are killed at random moments end with the bits of a run that was not", "[reliability]") {
  check_script("kill.py", {"15"}, "0 lost runs, 0 with different bits");
}
