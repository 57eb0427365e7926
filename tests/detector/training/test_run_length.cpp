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

TEST_CASE("minutes become the number of steps that fit together with the evaluations") {
  const MeasuredCosts costs = {.seconds_per_step = 2, .seconds_per_evaluation = 30};
  CHECK(steps_that_fit(1030, costs, 0) == 500);
  const int64_t steps = steps_that_fit(1000, costs, 100);
  int64_t evaluations = 0;
  for (int64_t step = 1; step <= steps; ++step) evaluations += is_evaluation_due(step, steps, 100);
  const double seconds = 2.0 * static_cast<double>(steps) + 30.0 * static_cast<double>(evaluations);
  INFO(steps << " steps and " << evaluations << " evaluations take " << seconds << " s");
  CHECK(seconds <= 1000);
  CHECK(seconds > 960);
  CHECK(steps_that_fit(5, costs, 100) == 1);
}
