#include <algorithm>
#include <catch2/catch.hpp>

#include "detector/model/anchors.h"
#include "detector/model/box_coder.h"
#include "engine/error.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

std::vector<double> flat(const Tensor& boxes) { return boxes.to(DType::float64).to_vector<double>(); }

ModelSettings with_sizes(const std::vector<double>& sizes) {
  ModelSettings settings;
  settings.anchor_sizes = sizes;
  return settings;
}

}  // namespace

TEST_CASE("around (0, 0) anchors are the reference's, corners at .5 rounded to even") {
  const tests::GoldenFile golden("anchors");
  for (int64_t i = 0; i < golden("base.sizes").size(); ++i) {
    const double size = golden("base.sizes").data<double>()[i];
    INFO("size " << size);
    const Anchors anchors = make_anchors(with_sizes({size}), {{1, 1}}, {32, 32});
    CHECK(flat(anchors.boxes) == golden("base.anchors").slice(i, i + 1).to_vector<double>());
  }
}

TEST_CASE("anchors of all levels are torchvision's, also where sides do not divide") {
  const tests::GoldenFile golden("anchors");
  for (const std::string name : {"multiple_of_32", "odd"}) {
    INFO(name);
    const Tensor maps = golden(name + ".map_sizes"), padded = golden(name + ".padded");
    std::vector<MapSize> sizes;
    for (int64_t l = 0; l < maps.dim(0); ++l)
      sizes.push_back({maps.data<int32_t>()[2 * l], maps.data<int32_t>()[2 * l + 1]});
    const Anchors anchors = make_anchors(with_sizes(golden(name + ".sizes").to_vector<double>()), sizes,
                                         {padded.data<int32_t>()[0], padded.data<int32_t>()[1]});
    CHECK(flat(anchors.boxes) == golden(name + ".anchors").to_vector<double>());
    REQUIRE(anchors.level_begin.size() == sizes.size() + 1);
    for (size_t l = 0; l < sizes.size(); ++l)
      CHECK(anchors.level_begin[l + 1] - anchors.level_begin[l] == 3 * sizes[l].height * sizes[l].width);
  }
}

TEST_CASE("the anchor of size 32 and ratio 1 at pixel (0, 2) of stride 4 is -8, -16, 24, 16") {
  const Anchors anchors = make_anchors(with_sizes({32}), {{4, 4}}, {16, 16});
  CHECK(anchors.boxes.data<Box>()[2 * 3 + 1] == Box{-8, -16, 24, 16});
}

TEST_CASE("a level without its size of anchors is a mistake that is named") {
  CHECK_THROWS_AS(make_anchors(with_sizes({32, 64}), {{4, 4}}, {16, 16}), UserError);
  CHECK_THROWS_WITH(make_anchors(with_sizes({32, 64}), {{4, 4}}, {16, 16}), Catch::Contains("2 sizes for 1 levels"));
}

TEST_CASE("the best IoU said for an object is the one that the anchors of all levels reach") {
  const Settings settings;
  const Anchors anchors = make_anchors(settings.model, {{128, 128}, {64, 64}, {32, 32}, {16, 16}, {8, 8}}, {512, 512});
  for (const Box& box : std::vector<Box>{{100, 100, 132, 132},
                                         {33.5f, 70.25f, 40, 85},
                                         {201, 99, 333, 170},
                                         {64, 32, 300, 470},
                                         {250, 250, 253, 252}}) {
    float reached = 0;
    for (int64_t a = 0; a < anchors.count(); ++a) reached = std::max(reached, iou(anchors.boxes.data<Box>()[a], box));
    CHECK(best_anchor_iou(settings, box) == Approx(reached));
  }
}

}  // namespace intertwiner
