#include <catch2/catch.hpp>

#include "detector/training/run_length.h"

using namespace intertwiner;

TEST_CASE("evaluation is after each epoch, or after as many as keep it within 1/8 of training's time") {
  CHECK(choose_steps_per_evaluation({.seconds_per_step = 1, .seconds_per_evaluation = 10}, 100) == 100);
  CHECK(choose_steps_per_evaluation({.seconds_per_step = 1, .seconds_per_evaluation = 10}, 2) == 80);
  CHECK(choose_steps_per_evaluation({.seconds_per_step = 1, .seconds_per_evaluation = 0}, 7) == 7);
}

TEST_CASE("evaluation is due at the end and at each interval that does not end shortly before") {
  CHECK(is_evaluation_due(100, 100, 30));
  CHECK(is_evaluation_due(60, 100, 30));
  CHECK(!is_evaluation_due(90, 100, 30));
  CHECK(!is_evaluation_due(61, 100, 30));
  CHECK(!is_evaluation_due(0, 100, 30));
  CHECK(!is_evaluation_due(60, 100, 0));
  CHECK(is_evaluation_due(60, 0, 30));
}
