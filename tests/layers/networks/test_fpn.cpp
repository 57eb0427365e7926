#include <catch2/catch.hpp>

#include "layers/networks/fpn.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

std::array<Variable, 4> maps_of(int64_t height, int64_t width) {
  std::array<Variable, 4> maps;
  for (size_t l = 0; l < 4; ++l) {
    maps[l] = Variable(tests::random_tensor({1, height, width, static_cast<int64_t>(l) + 2}, l));
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  return maps;
}

}  // namespace

TEST_CASE("P2 to P5 have the sizes of C2 to C5, also for odd sides, and P6 is every second pixel of P5") {
  Parameters parameters(1, DType::float64);
  const FeaturePyramid pyramid(Scope(parameters), {2, 3, 4, 5}, 6);
  const auto maps = maps_of(21, 34);
  const auto levels = pyramid(maps);
  for (size_t l = 0; l < 4; ++l) CHECK(levels[l].shape() == Shape{1, maps[l].dim(1), maps[l].dim(2), 6});
  REQUIRE(levels[4].shape() == Shape{1, 2, 3, 6});
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t x = 0; x < 3; ++x)
      for (int64_t c = 0; c < 6; ++c)
        CHECK(levels[4].value().data<double>()[(y * 3 + x) * 6 + c] ==
              levels[3].value().data<double>()[(2 * y * levels[3].dim(2) + 2 * x) * 6 + c]);
}

TEST_CASE("P5 depends only on C5, P2 on all four maps") {
  Parameters parameters(1, DType::float64);
  const FeaturePyramid pyramid(Scope(parameters), {2, 3, 4, 5}, 6);
  auto maps = maps_of(16, 16);
  const auto before = pyramid(maps);
  for (size_t changed = 0; changed < 4; ++changed) {
    auto other = maps;
    other[changed] = Variable(tests::random_tensor(maps[changed].shape(), 99));
    const auto after = pyramid(other);
    for (size_t l = 0; l < 4; ++l) {
      INFO("C" << changed + 2 << " and P" << l + 2);
      CHECK((after[l].value().to_vector<double>() != before[l].value().to_vector<double>()) == (changed >= l));
    }
  }
}

}  // namespace intertwiner
