#include <catch2/catch.hpp>

#include "detector/levels.h"
#include "tests/golden.h"

namespace intertwiner {

TEST_CASE("regions belong to the reference's levels, a tie to the upper one") {
  const tests::GoldenFile golden("levels");
  for (const int base : {224, 40, 28}) {
    std::vector<int32_t> levels;
    for (int64_t i = 0; i < golden("boxes").dim(0); ++i) {
      const double* b = golden("boxes").data<double>() + 4 * i;
      const Box box{static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]),
                    static_cast<float>(b[3])};
      levels.push_back(static_cast<int32_t>(level_of(box, base)));
    }
    INFO("base " << base);
    CHECK(levels == golden("levels_" + std::to_string(base)).to_vector<int32_t>());
  }
}

TEST_CASE("with base 224 a region of 158 px a side is of level 3, of 159 px of level 4, of 317 px of level 5") {
  CHECK(level_of({0, 0, 79, 79}, 224) == 2);
  CHECK(level_of({0, 0, 80, 80}, 224) == 3);
  CHECK(level_of({0, 0, 158, 158}, 224) == 3);
  CHECK(level_of({0, 0, 159, 159}, 224) == 4);
  CHECK(level_of({0, 0, 316, 316}, 224) == 4);
  CHECK(level_of({0, 0, 317, 317}, 224) == 5);
}

TEST_CASE("the smallest and the largest regions are of levels 2 and 5") {
  CHECK(level_of({5, 5, 5, 5}, 224) == 2);
  CHECK(level_of({0, 0, 8192, 8192}, 224) == 5);
}

}  // namespace intertwiner
