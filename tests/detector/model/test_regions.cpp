#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "detector/model/box_coder.h"
#include "detector/model/region_sampling.h"
#include "detector/model/stage_losses.h"
#include "tests/detector/tiny_run.h"

namespace intertwiner {
namespace {

using tests::batch_with;

const Box kObject = {100, 100, 150, 140};

// `count` boxes that overlap kObject well, then as many that do not.
std::vector<Box> near_and_far(int count) {
  std::vector<Box> boxes;
  for (int i = 0; i < count; ++i)
    boxes.push_back({kObject.x1 + 0.01f * static_cast<float>(i), kObject.y1, kObject.x2, kObject.y2});
  for (int i = 0; i < count; ++i) boxes.push_back({static_cast<float>(i % 50), 0, static_cast<float>(i % 50 + 40), 30});
  return boxes;
}

Box region(const RegionSamples& samples, int64_t r) {
  return reinterpret_cast<const Box*>(samples.regions.boxes.data<float>())[r];
}

bool holds(const RegionSamples& samples, const Box& box) {
  for (int64_t r = 0; r < samples.regions.capacity(); ++r)
    if (region(samples, r) == box) return true;
  return false;
}

Tensor at_step(int64_t step) { return Tensor::from<int64_t>({step}); }

}  // namespace

TEST_CASE("of 200 regions an image at most 66 are foreground, and background fills up") {
  const Batch batch = batch_with({{{kObject, 3}}}, 200, 200);
  const RegionSamples samples = sample_regions(box_lists_of({near_and_far(400)}), batch, {}, at_step(0));
  const std::vector<int32_t> labels = samples.labels.to_vector<int32_t>();
  CHECK(labels.size() == 200);
  CHECK(std::count(labels.begin(), labels.end(), 3) == 66);
  CHECK(std::count(labels.begin(), labels.end(), 0) == 134);
}

TEST_CASE("fewer candidates than places are all taken, ground truth among them") {
  const Batch batch = batch_with({{{kObject, 2}, {{10, 10, 20, 20}, 1}}, {}}, 200, 200);
  const RegionSamples samples =
      sample_regions(box_lists_of({{{0, 0, 40, 30}}, {{5, 5, 50, 50}, {60, 60, 90, 90}}}), batch, {}, at_step(0));
  CHECK(samples.regions.capacity() == 5);
  CHECK(holds(samples, kObject));
  CHECK(holds(samples, {10, 10, 20, 20}));
  CHECK(samples.labels.to_vector<int32_t>() == std::vector<int32_t>{2, 1, 0, 0, 0});
  CHECK(samples.regions.image.to_vector<int32_t>() == std::vector<int32_t>{0, 0, 0, 1, 1});
}

TEST_CASE("without proposals, objects alone are trained on") {
  const Batch batch = batch_with({{{kObject, 2}}}, 200, 200);
  const RegionSamples samples = sample_regions(box_lists_of({{}}), batch, {}, at_step(0));
  CHECK(samples.labels.to_vector<int32_t>() == std::vector<int32_t>{2});
}

TEST_CASE("a region that overlaps two objects equally is the first one's") {
  const Batch batch = batch_with({{{{0, 0, 20, 20}, 3}, {{0, 0, 20, 20}, 1}}}, 64, 64);
  const RegionSamples samples = sample_regions(box_lists_of({{{0, 0, 20, 18}}}), batch, {}, at_step(0));
  CHECK(samples.labels.to_vector<int32_t>() == std::vector<int32_t>{3, 3, 3});
}

TEST_CASE("foreground begins at an IoU of 0.5") {
  const Batch batch = batch_with({{{{0, 0, 20, 20}, 1}}}, 64, 64);
  const RegionSamples samples =
      sample_regions(box_lists_of({{{0, 0, 20, 10}, {0, 0, 20, 9.5f}}}), batch, {}, at_step(0));
  CHECK(samples.labels.to_vector<int32_t>() == std::vector<int32_t>{1, 1, 0});
  CHECK(region(samples, 2) == Box{0, 0, 20, 9.5f});
}

TEST_CASE("a region's deltas lead to its object, background has none") {
  const Batch batch = batch_with({{{kObject, 3}}}, 200, 200);
  const RegionSamples samples = sample_regions(box_lists_of({near_and_far(20)}), batch, {}, at_step(0));
  for (int64_t r = 0; r < samples.regions.capacity(); ++r) {
    const float* deltas = samples.deltas.data<float>() + 4 * r;
    if (samples.labels.data<int32_t>()[r] > 0)
      CHECK(iou(kRegionCoder.decode(region(samples, r), deltas), kObject) > 0.999f);
    else
      CHECK(std::vector<float>(deltas, deltas + 4) == std::vector<float>(4, 0.0f));
  }
}

TEST_CASE("regions know their image and their level") {
  const Regions regions =
      make_regions(box_lists_of({{{0, 0, 20, 20}, {0, 0, 100, 100}}, {}, {{0, 0, 200, 200}, {0, 0, 500, 500}}}),
                   LevelSplit::rounded(224));
  CHECK(regions.image.to_vector<int32_t>() == std::vector<int32_t>{0, 0, 2, 2});
  CHECK(regions.level.to_vector<int32_t>() == std::vector<int32_t>{0, 1, 2, 3});
  CHECK(make_regions(box_lists_of({{}, {}}), LevelSplit::rounded(224)).capacity() == 0);
}

TEST_CASE("sampled regions are of the levels that the settings' rule gives") {
  const Batch batch = batch_with({{{{0, 0, 120, 120}, 1}}}, 200, 200);
  const auto level = [&](LevelRule rule) {
    Settings settings;
    settings.model.level_rule = rule;
    return sample_regions(box_lists_of({{}}), batch, settings, at_step(0)).regions.level.data<int32_t>()[0];
  };
  CHECK(level(LevelRule::round) == 1);
  CHECK(level(LevelRule::floor) == 1);
  CHECK(level(LevelRule::size) == 2);
}

TEST_CASE("regions are drawn anew each step, and the same for the same step and seed") {
  const Batch batch = batch_with({{{kObject, 3}}}, 200, 200);
  const auto chosen = [&](uint64_t seed, int64_t step) {
    Settings settings;
    settings.train.seed = seed;
    return sample_regions(box_lists_of({near_and_far(400)}), batch, settings, at_step(step))
        .regions.boxes.to_vector<float>();
  };
  CHECK(chosen(1, 5) == chosen(1, 5));
  CHECK(chosen(1, 5) != chosen(1, 6));
  CHECK(chosen(1, 5) != chosen(2, 5));
}

TEST_CASE("the second stage's losses: class over all regions, box over foreground's own class, divided by all") {
  RegionSamples samples{make_regions(box_lists_of({{{0, 0, 8, 8}, {0, 0, 8, 8}}}), LevelSplit::rounded(224)),
                        Tensor::from<int32_t>({1, 0}), Tensor::zeros({2, 4}, DType::float32)};
  samples.deltas.data<float>()[2] = 1;
  // Two classes: background's four deltas are wild and must not count.
  const BoxPredictions predictions{
      Variable(Tensor::zeros({2, 2}, DType::float32)),
      Variable(Tensor::from<float>({7, 7, 7, 7, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7}, {2, 8}))};
  const RegionLosses losses = region_losses(predictions, samples);
  CHECK(losses.classes.value().data<float>()[0] == Approx(std::log(2.0)));
  CHECK(losses.box.value().data<float>()[0] == Approx((1 - 0.5 / 9) / 2));
}

}  // namespace intertwiner
