#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "detector/sampler.h"

namespace intertwiner {
namespace {

const Philox kRandom(7, Purpose::anchor_sampling);

// `positives` ones, then `negatives` zeros, then `neither` −1.
std::vector<int8_t> kinds(size_t positives, size_t negatives, size_t neither) {
  std::vector<int8_t> kind(positives, 1);
  kind.resize(positives + negatives, 0);
  kind.resize(positives + negatives + neither, -1);
  return kind;
}

// The choice of image 0.
Sampled draw(const std::vector<int8_t>& kind, const SampleCounts& counts, int64_t step = 0) {
  return intertwiner::sample(kind, counts, kRandom, step, 0);
}

void check_distinct_and_of(const std::vector<int32_t>& indices, const std::vector<int8_t>& kind, int8_t wanted) {
  CHECK(std::is_sorted(indices.begin(), indices.end()));
  CHECK(std::set<int32_t>(indices.begin(), indices.end()).size() == indices.size());
  for (const int32_t i : indices) CHECK(kind[static_cast<size_t>(i)] == wanted);
}

}  // namespace

TEST_CASE("positives are drawn up to their limit, and negatives fill up what is left") {
  const auto kind = kinds(300, 1000, 50);
  const Sampled sampled = draw(kind, {256, 128});
  CHECK(sampled.positive.size() == 128);
  CHECK(sampled.negative.size() == 128);
  check_distinct_and_of(sampled.positive, kind, 1);
  check_distinct_and_of(sampled.negative, kind, 0);
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
    return intertwiner::sample(kind, {256, 128}, Philox(seed, purpose), step, image);
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
