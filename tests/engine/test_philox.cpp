#include <catch2/catch.hpp>

#include "engine/philox.h"

namespace intertwiner {

TEST_CASE("uniform numbers depend on seed, purpose and every number of the counter") {
  const Philox random(1, Purpose::tests);
  const float u = random.uniform(2, 3, 4);
  CHECK(u == Philox(1, Purpose::tests).uniform(2, 3, 4));
  CHECK(u != random.uniform(3, 3, 4));
  CHECK(u != random.uniform(2, 4, 4));
  CHECK(u != random.uniform(2, 3, 5));
  CHECK(u != random.uniform(2 + (uint64_t{1} << 40), 3, 4));
  CHECK(u != Philox(2, Purpose::tests).uniform(2, 3, 4));
  CHECK(u != Philox(1, Purpose::scenes).uniform(2, 3, 4));
}

TEST_CASE("uniform and normal numbers have the right mean and variance") {
  const Philox random(5, Purpose::tests);
  constexpr int kCount = 100000;
  double sum = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < kCount; ++i) {
    sum += random.uniform(static_cast<uint64_t>(i));
    const double z = random.normal(static_cast<uint64_t>(i), 1);
    normal_sum += z;
    normal_squares += z * z;
  }
  CHECK(sum / kCount == Approx(0.5).margin(0.005));
  CHECK(normal_sum / kCount == Approx(0).margin(0.015));
  CHECK(normal_squares / kCount == Approx(1).margin(0.02));
}

}  // namespace intertwiner
