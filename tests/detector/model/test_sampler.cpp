#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "detector/model/kernels/sampler.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

const Philox kRandom(7, Purpose::anchor_sampling);

// `positives` ones, then `negatives` zeros, then `neither` −1.
std::vector<int32_t> kinds(size_t positives, size_t negatives, size_t neither) {
  std::vector<int32_t> kind(positives, 1);
  kind.resize(positives + negatives, 0);
  kind.resize(positives + negatives + neither, -1);
  return kind;
}

struct Sampled {
  std::vector<int32_t> positive, negative;  // their indices
};

// Labels of the sampled candidates, equal on the CPU and on a device.
Tensor sampled_labels(const Tensor& kinds, const SampleCounts& counts, const Philox& random, int64_t step) {
  const Tensor number = Tensor::from<int64_t>({step}), labels = intertwiner::sample(kinds, counts, random, number);
  const tests::EmulatedDevice emulated;
  tests::check_same_bits(
      "labels", intertwiner::sample(kinds.to(Device::cuda), counts, random, number.to(Device::cuda)).to(Device::cpu),
      labels);
  return labels;
}

// The sample of one of two images with the same candidates.
Sampled draw_with(const std::vector<int32_t>& kind, const SampleCounts& counts, const Philox& random, int64_t step,
                  int64_t image) {
  const auto width = static_cast<int64_t>(kind.size());
  const Tensor kinds = Tensor::empty({2, width}, DType::int32);
  for (int64_t n = 0; n < 2; ++n) std::copy(kind.begin(), kind.end(), kinds.data<int32_t>() + n * width);
  const Tensor labels = sampled_labels(kinds, counts, random, step);
  Sampled sampled;
  for (int32_t i = 0; i < width; ++i) {
    const int32_t label = labels.data<int32_t>()[image * width + i];
    if (label >= 0) (label == 1 ? sampled.positive : sampled.negative).push_back(i);
  }
  return sampled;
}

Sampled draw(const std::vector<int32_t>& kind, const SampleCounts& counts, int64_t step = 0) {
  return draw_with(kind, counts, kRandom, step, 0);
}

void check_are(const std::vector<int32_t>& indices, const std::vector<int32_t>& kind, int32_t wanted) {
  for (const int32_t i : indices) CHECK(kind[static_cast<size_t>(i)] == wanted);
}

}  // namespace

TEST_CASE("positives are sampled up to their limit, and negatives fill the rest") {
  const auto kind = kinds(300, 1000, 50);
  const Sampled sampled = draw(kind, {256, 128});
  CHECK(sampled.positive.size() == 128);
  CHECK(sampled.negative.size() == 128);
  check_are(sampled.positive, kind, 1);
  check_are(sampled.negative, kind, 0);
}

TEST_CASE("if there are few candidates, exactly these are sampled") {
  const auto few_positives = kinds(3, 1000, 5);
  const Sampled mostly_negative = draw(few_positives, {256, 128});
  CHECK(mostly_negative.positive == std::vector<int32_t>{0, 1, 2});
  CHECK(mostly_negative.negative.size() == 253);

  const Sampled all = draw(kinds(2, 3, 100), {256, 128});
  CHECK(all.positive == std::vector<int32_t>{0, 1});
  CHECK(all.negative == std::vector<int32_t>{2, 3, 4});

  const Sampled none = draw({}, {256, 128});
  CHECK(none.positive.empty());
  CHECK(none.negative.empty());
}

TEST_CASE("if there are few negatives, positives stay at their limit") {
  const Sampled sampled = draw(kinds(500, 10, 0), {256, 128});
  CHECK(sampled.positive.size() == 128);
  CHECK(sampled.negative.size() == 10);
}

TEST_CASE("the sample is repeated for the same seed, purpose, step and image, and changes with each of them") {
  const auto kind = kinds(300, 1000, 0);
  const auto drawn_with = [&](uint64_t seed, Purpose purpose, int64_t step, int64_t image) {
    return draw_with(kind, {256, 128}, Philox(seed, purpose), step, image);
  };
  const Sampled first = drawn_with(7, Purpose::anchor_sampling, 5, 1);
  CHECK(drawn_with(7, Purpose::anchor_sampling, 5, 1).positive == first.positive);
  CHECK(drawn_with(7, Purpose::anchor_sampling, 5, 1).negative == first.negative);
  CHECK(drawn_with(8, Purpose::anchor_sampling, 5, 1).positive != first.positive);
  CHECK(drawn_with(7, Purpose::region_sampling, 5, 1).positive != first.positive);
  CHECK(drawn_with(7, Purpose::anchor_sampling, 6, 1).positive != first.positive);
  CHECK(drawn_with(7, Purpose::anchor_sampling, 5, 0).positive != first.positive);
}

TEST_CASE("a candidate's random number does not depend on the other candidates") {
  auto kind = kinds(0, 1000, 0);
  const Sampled all = draw(kind, {100, 50});
  // Removing candidates that are not in the sample changes nothing.
  std::set<int32_t> sampled_before(all.negative.begin(), all.negative.end());
  for (int32_t i = 0; i < 1000; i += 2)
    if (!sampled_before.count(i)) kind[static_cast<size_t>(i)] = -1;
  CHECK(draw(kind, {100, 50}).negative == all.negative);
}

TEST_CASE("a smaller sample is a subset of a larger one") {
  const auto kind = kinds(0, 1000, 0);
  const Sampled large = draw(kind, {100, 50}), small = draw(kind, {40, 20});
  CHECK(std::includes(large.negative.begin(), large.negative.end(), small.negative.begin(), small.negative.end()));
}

TEST_CASE("every candidate is sampled about equally often") {
  constexpr int64_t kImages = 2000, kCandidates = 20;
  const Tensor labels = sampled_labels(Tensor::zeros({kImages, kCandidates}, DType::int32), {5, 0}, kRandom, 0);
  std::vector<int> drawn(kCandidates, 0);
  for (int64_t i = 0; i < labels.size(); ++i)
    if (labels.data<int32_t>()[i] == 0) ++drawn[static_cast<size_t>(i % kCandidates)];
  for (const int count : drawn) {  // 500 expected, deviation 19
    CHECK(count > 400);
    CHECK(count < 600);
  }
}

}  // namespace intertwiner
