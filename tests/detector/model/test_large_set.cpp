#include <algorithm>
#include <catch2/catch.hpp>

#include "detector/model/large_source.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

constexpr std::array<double, 4> kScales = {1.0 / 4, 1.0 / 8, 1.0 / 16, 1.0 / 32};

// Regions with these levels (2..5) and labels, all of image 0 but the last.
RegionSamples samples_of(const std::vector<int32_t>& levels, const std::vector<int32_t>& labels) {
  const auto count = static_cast<int64_t>(levels.size());
  RegionSamples samples{{Tensor::zeros({count, 4}, DType::float32), Tensor::zeros({count}, DType::int32),
                         Tensor::zeros({count}, DType::int32)},
                        Tensor::from(labels),
                        Tensor::zeros({count, 4}, DType::float32)};
  for (int64_t r = 0; r < count; ++r) {
    samples.regions.level.data<int32_t>()[r] = levels[static_cast<size_t>(r)] - 2;
    samples.regions.boxes.data<float>()[4 * r] = static_cast<float>(r);  // a mark by which a region is known
  }
  samples.regions.image.data<int32_t>()[count - 1] = 1;
  return samples;
}

std::vector<Variable> pyramid_of(int64_t height, int64_t width) {
  std::vector<Variable> pyramid;
  for (uint64_t l = 0; l < 4; ++l) {
    pyramid.emplace_back(tests::random_tensor({2, height, width, 3}, l), true);
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  return pyramid;
}

}  // namespace

TEST_CASE("a foreground region of level m is in m - 2 large sets, background in none") {
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const RegionSamples samples = samples_of({2, 3, 4, 5, 5, 4}, {1, 2, 3, 4, 0, 2});
  const LargeSet large = large_set(samples, higher_source(pyramid, kScales).map_of_pair);
  // Level 2 takes from levels 3, 4, 5; level 3 from 4, 5; level 4 from 5.
  CHECK(large.labels.to_vector<int32_t>() == std::vector<int32_t>{2, 3, 4, 2, 3, 4, 2, 4});
  std::vector<double> marks;
  for (int64_t i = 0; i < large.labels.size(); ++i) marks.push_back(large.boxes.data<double>()[4 * i]);
  CHECK(marks == std::vector<double>{1, 2, 3, 5, 2, 3, 5, 3});
  CHECK(large.image.to_vector<int32_t>() == std::vector<int32_t>{0, 0, 0, 1, 0, 0, 1, 0});
}

TEST_CASE("source (b) pools a large region from its own level") {
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const LargeSource source = higher_source(pyramid, kScales);
  const LargeSet large = large_set(samples_of({2, 3, 4, 5}, {1, 1, 1, 1}), source.map_of_pair);
  std::vector<double> scales;
  for (const int32_t map : large.map.to_vector<int32_t>()) scales.push_back(source.scales[static_cast<size_t>(map)]);
  CHECK(scales == std::vector<double>{1.0 / 8, 1.0 / 16, 1.0 / 32, 1.0 / 16, 1.0 / 32, 1.0 / 32});
}

TEST_CASE("source (a) pools a large region from the small level's own map") {
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const LargeSource source = same_source(pyramid, kScales);
  const LargeSet large = large_set(samples_of({2, 3, 4, 5}, {1, 1, 1, 1}), source.map_of_pair);
  std::vector<double> scales;
  for (const int32_t map : large.map.to_vector<int32_t>()) scales.push_back(source.scales[static_cast<size_t>(map)]);
  CHECK(scales == std::vector<double>{1.0 / 4, 1.0 / 4, 1.0 / 4, 1.0 / 8, 1.0 / 8, 1.0 / 16});
}

TEST_CASE("with background every region of level m is in m - 2 large sets") {
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const LargeSet large =
      large_set(samples_of({2, 3, 4, 5, 5, 4}, {1, 2, 0, 4, 0, 2}), higher_source(pyramid, kScales).map_of_pair, true);
  CHECK(large.labels.to_vector<int32_t>() == std::vector<int32_t>{2, 0, 4, 0, 2, 0, 4, 0, 2, 4, 0});
  CHECK(large.level.to_vector<int32_t>() == std::vector<int32_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2});
}

TEST_CASE("sources (c) and (d) pool a large region from a map of the small level's size, also an odd one") {
  const std::vector<Variable> pyramid = pyramid_of(13, 10);  // then 7×5, 4×3, 2×2
  Parameters parameters(1, DType::float64);
  std::vector<Upsampler> upsamplers;
  for (int l = 2; l < 5; ++l) upsamplers.emplace_back(Scope(parameters) / std::to_string(l), 3, 3);
  const auto upsample = [&](size_t l, const Variable& coarse, int64_t height, int64_t width) {
    return upsamplers[l](coarse, height, width, Pass::training);
  };
  for (const bool all_gradients : {false, true}) {
    const LargeSource source = upsampled_source(pyramid, kScales, upsample, all_gradients);
    CHECK(source.maps.size() == 6);
    for (size_t l = 0; l < 3; ++l)
      for (size_t m = l + 1; m < 4; ++m) {
        CHECK(source.map(l, m).shape() == pyramid[l].shape());
        CHECK(source.scales[static_cast<size_t>(source.map_of_pair[l][m])] == kScales[l]);
        CHECK(source.map(l, m).requires_grad() == (all_gradients || m == l + 1));
      }
  }
}

TEST_CASE("the large sets of the reference's step have the reference's members") {
  const tests::GoldenFile input("step_input"), expected("step_higher");
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const LargeSet large = large_set(tests::golden_samples(input).regions, higher_source(pyramid, kScales).map_of_pair);
  std::vector<int32_t> found = large.labels.to_vector<int32_t>(),
                       wanted = expected("large_labels").to_vector<int32_t>();
  std::sort(found.begin(), found.end());  // the reference goes through levels m before regions
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
}

TEST_CASE("without foreground above level 2 the large sets are empty") {
  const std::vector<Variable> pyramid = pyramid_of(16, 24);
  const LargeSet large = large_set(samples_of({2, 3, 5}, {1, 0, 0}), higher_source(pyramid, kScales).map_of_pair);
  CHECK(large.labels.size() == 0);
  CHECK(large.boxes.shape() == Shape{0, 4});
}

}  // namespace intertwiner
