#include <catch2/catch.hpp>

#include "detector/clock.h"
#include "detector/training/run_clock.h"

namespace intertwiner {

TEST_CASE("the clock gives the logged shares first, then goes on from the last one, and ends at 1") {
  RunClock clock(1.0 / 60, 0.05, now_seconds(), {0.1, 0.2});
  CHECK(clock.next(0) == 0.1);
  CHECK(clock.next(0) == 0.2);
  double share = clock.next(0);
  CHECK(share >= 0.2);
  CHECK(share < 0.5);
  while (share < 1) {
    const double next = clock.next(0);
    CHECK(next >= share);
    share = next;
  }
  CHECK(share == 1);
}

TEST_CASE("time since the start counts, and time kept for the evaluation is missing") {
  RunClock clock(10.0 / 60, 0, now_seconds() - 2, {});
  CHECK(clock.next(0) == Approx(0.2).margin(0.01));
  RunClock shorter(10.0 / 60, 0, now_seconds() - 2, {});
  CHECK(shorter.next(5) == Approx(0.4).margin(0.02));
}

}  // namespace intertwiner
