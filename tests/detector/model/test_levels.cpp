#include <catch2/catch.hpp>

#include "detector/model/levels.h"
#include "detector/model/region_sampling.h"
#include "detector/settings/settings.h"
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
      levels.push_back(static_cast<int32_t>(LevelSplit::rounded(base).level_of(box)));
    }
    INFO("base " << base);
    CHECK(levels == golden("levels_" + std::to_string(base)).to_vector<int32_t>());
  }
}

TEST_CASE("with base 224 a region of 158 px a side is of level 3, of 159 px of level 4, of 317 px of level 5") {
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 79, 79}) == 2);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 80, 80}) == 3);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 158, 158}) == 3);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 159, 159}) == 4);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 316, 316}) == 4);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 317, 317}) == 5);
}

TEST_CASE("the smallest and the largest regions are of levels 2 and 5") {
  CHECK(LevelSplit::rounded(224).level_of({5, 5, 5, 5}) == 2);
  CHECK(LevelSplit::rounded(224).level_of({0, 0, 8192, 8192}) == 5);
}

TEST_CASE("each split of table 2a puts regions on the reference's levels, also at its thresholds") {
  const tests::GoldenFile golden("level_splits");
  const std::vector<std::pair<std::string, LevelSplit>> splits = {
      {"round_224", LevelSplit::rounded(224)},       {"round_40", LevelSplit::rounded(40)},
      {"floor_224", LevelSplit::floored(224)},       {"floor_40", LevelSplit::floored(40)},
      {"size", LevelSplit::by_size({4, 8, 16, 32})}, {"size_16", LevelSplit::by_size({16, 32, 64, 128})}};
  for (const auto& [name, split] : splits) {
    std::vector<int32_t> levels;
    for (int64_t i = 0; i < golden("boxes").dim(0); ++i) {
      const double* b = golden("boxes").data<double>() + 4 * i;
      const Box box{static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]),
                    static_cast<float>(b[3])};
      levels.push_back(static_cast<int32_t>(split.level_of(box)));
    }
    INFO(name);
    CHECK(levels == golden(name).to_vector<int32_t>());
  }
}

TEST_CASE("the settings' rule splits the regions") {
  const Box box{0, 0, 120, 120};
  ModelSettings settings;
  CHECK(LevelSplit::of(settings).level_of(box) == 3);
  settings.level_base = 40;
  CHECK(LevelSplit::of(settings).level_of(box) == 5);
  settings.level_rule = LevelRule::size;
  CHECK(LevelSplit::of(settings).level_of(box) == 4);
  settings.backbone = Body::vgg16;
  CHECK(LevelSplit::of(settings).level_of(box) == 2);
  settings.level_rule = LevelRule::floor;
  settings.level_base = 448;
  CHECK(LevelSplit::of(settings).level_of(box) == 2);
  CHECK(make_regions(box_lists_of({{box}}), LevelSplit::of(settings)).level.to_vector<int32_t>() ==
        std::vector<int32_t>{0});
}

}  // namespace intertwiner
