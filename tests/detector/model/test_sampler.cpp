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

// The choice of one of two images that have the same candidates, here and on a device.
Sampled draw_with(const std::vector<int32_t>& kind, const SampleCounts& counts, const Philox& random, int64_t step,
                  int64_t image) {
  const auto width = static_cast<int64_t>(kind.size());
  const Tensor kinds = Tensor::empty({2, width}, DType::int32), number = Tensor::from<int64_t>({step});
  for (int64_t n = 0; n < 2; ++n) std::copy(kind.begin(), kind.end(), kinds.data<int32_t>() + n * width);
  const Tensor labels = intertwiner::sample(kinds, counts, random, number);
  const tests::EmulatedDevice emulated;
  tests::check_same_bits(
      "labels", intertwiner::sample(kinds.to(Device::cuda), counts, random, number.to(Device::cuda)).to(Device::cpu),
      labels);
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

TEST_CASE("positives are drawn up to their limit, and negatives fill up what is left") {
  const auto kind = kinds(300, 1000, 50);
  const Sampled sampled = draw(kind, {256, 128});
  CHECK(sampled.positive.size() == 128);
  CHECK(sampled.negative.size() == 128);
  check_are(sampled.positive, kind, 1);
  check_are(sampled.negative, kind, 0);
}

TEST_CASE("where candidates are few, all of them are taken and no other") {
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

TEST_CASE("where negatives are few, positives stay at their limit") {
  const Sampled sampled = draw(kinds(500, 10, 0), {256, 128});
  CHECK(sampled.positive.size() == 128);
  CHECK(sampled.negative.size() == 10);
}

TEST_CASE("the choice is the same for the same seed, purpose, step and image, and another for any other") {
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

TEST_CASE("a candidate's number is its own: it is chosen whatever stands beside it, if enough worse ones are added") {
  auto kind = kinds(0, 1000, 0);
  const Sampled all = draw(kind, {100, 50});
  // Taking candidates away that were not chosen changes nothing.
  std::set<int32_t> chosen(all.negative.begin(), all.negative.end());
  for (int32_t i = 0; i < 1000; i += 2)
    if (!chosen.count(i)) kind[static_cast<size_t>(i)] = -1;
  CHECK(draw(kind, {100, 50}).negative == all.negative);
}

TEST_CASE("a smaller choice is a part of a larger one") {
  const auto kind = kinds(0, 1000, 0);
  const Sampled large = draw(kind, {100, 50}), small = draw(kind, {40, 20});
  CHECK(std::includes(large.negative.begin(), large.negative.end(), small.negative.begin(), small.negative.end()));
}

TEST_CASE("every candidate is drawn about equally often") {
  const auto kind = kinds(0, 20, 0);
  std::vector<int> drawn(20, 0);
  for (int64_t step = 0; step < 2000; ++step)
    for (const int32_t i : draw(kind, {5, 0}, step).negative) ++drawn[static_cast<size_t>(i)];
  for (const int count : drawn) {  // 500 expected, deviation 19
    CHECK(count > 400);
    CHECK(count < 600);
  }
}

}  // namespace intertwiner
