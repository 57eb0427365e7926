#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "apps/figures/tsne.h"
#include "engine/error.h"
#include "engine/philox.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

constexpr int64_t kClusters = 3, kDimensions = 20;

/// Points of three Gaussian clusters in turn, with deviation 1. The mean of cluster k is 15 along axis k.
Tensor clusters(int64_t count) {
  const Philox random(1, Purpose::tests);
  const Tensor x = Tensor::empty({count, kDimensions}, DType::float64);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 0; k < kDimensions; ++k)
      x.data<double>()[i * kDimensions + k] =
          random.normal(static_cast<uint64_t>(i), static_cast<uint32_t>(k)) + (i % kClusters == k ? 15 : 0);
  return x;
}

double entropy(const double* p, int64_t count) {
  double sum = 0;
  for (int64_t j = 0; j < count; ++j) sum -= p[j] > 0 ? p[j] * std::log(p[j]) : 0;
  return sum;
}

}  // namespace

TEST_CASE("t-SNE maps each point of three clusters in 20 dimensions next to a point of its cluster") {
  const int64_t count = 120;
  const Tensor y = tsne(clusters(count));
  REQUIRE(y.shape() == Shape{2, count});
  const double* at = y.data<double>();
  int64_t wrong = 0;
  for (int64_t i = 0; i < count; ++i) {
    int64_t nearest = -1;
    double min_distance = 0;
    for (int64_t j = 0; j < count; ++j) {
      const double distance = std::hypot(at[i] - at[j], at[count + i] - at[count + j]);
      if (j == i || (nearest >= 0 && distance >= min_distance)) continue;
      nearest = j;
      min_distance = distance;
    }
    wrong += nearest % kClusters != i % kClusters;
  }
  CHECK(wrong == 0);
}

TEST_CASE("one and two threads give the same bits, and another seed gives others") {
  Tensor places[3];
  for (const int threads : {1, 2}) {
    const tests::Threads with(threads);
    places[threads] = tsne(clusters(61), {.iterations = 60});
  }
  tests::check_same_bits("places", places[2], places[1]);
  const Tensor other = tsne(clusters(61), {.iterations = 60, .seed = 2});
  CHECK(other.to_vector<double>() != places[1].to_vector<double>());
}

TEST_CASE("every point's affinities have the given perplexity, even a point far from all others") {
  const int64_t count = 50;
  const Tensor x = clusters(count);
  for (int64_t k = 0; k < kDimensions; ++k) x.data<double>()[k] = 1e4;
  for (const double perplexity : {2.0, 5.0, 30.0}) {
    const Tensor p = conditional_affinities(x, perplexity);
    for (int64_t i = 0; i < count; ++i) {
      const double* row = p.data<double>() + i * count;
      double sum = 0;
      for (int64_t j = 0; j < count; ++j) sum += row[j];
      INFO("point " << i << ", perplexity " << perplexity);
      CHECK(row[i] == 0);
      CHECK(sum == Approx(1).epsilon(1e-12));
      CHECK(std::exp(entropy(row, count)) == Approx(perplexity).epsilon(1e-6));
    }
  }
}

TEST_CASE("equal points have equal affinities and finite positions") {
  const Tensor x = Tensor::full({5, 3}, 2, DType::float32);
  const Tensor p = joint_affinities(conditional_affinities(x, 2));
  for (int64_t i = 0; i < 5; ++i)
    for (int64_t j = 0; j < 5; ++j) CHECK(p.data<double>()[i * 5 + j] == Approx(i == j ? 0 : 0.05));
  for (const double place : tsne(x).to_vector<double>()) CHECK(std::isfinite(place));
}

TEST_CASE("t-SNE's gradient agrees with central differences of the divergence") {
  const int64_t count = 19;  // two full groups of lanes and a remainder
  const Tensor p = joint_affinities(conditional_affinities(clusters(count), 4));
  const Tensor y = tests::random_tensor({2, count}, 3, -2, 2);
  const Tensor expected = Tensor::empty({2, count}, DType::float64);
  const double step = 1e-5;
  for (int64_t k = 0; k < y.size(); ++k) {
    double& place = y.data<double>()[k];
    const double before = place;
    place = before + step;
    const double above = tsne_divergence(p, y);
    place = before - step;
    const double below = tsne_divergence(p, y);
    place = before;
    expected.data<double>()[k] = (above - below) / (2 * step);
  }
  tests::check_close("gradient", tsne_gradient(p, y), expected, 1e-7);
}

TEST_CASE("the divergence of three points, computed by hand") {
  // Every pair of an equilateral triangle has q = 1/6. One pair has p = 1/4 in both directions, the others 1/8.
  const double h = std::sqrt(0.75);
  const Tensor y = Tensor::from(std::vector<double>{0, 1, 0.5, 0, 0, h}, {2, 3});
  const Tensor p = Tensor::from(std::vector<double>{0, 0.25, 0.125, 0.25, 0, 0.125, 0.125, 0.125, 0}, {3, 3});
  CHECK(tsne_divergence(p, y) == Approx(0.5 * std::log(1.5) + 0.5 * std::log(0.75)));
}

TEST_CASE("t-SNE needs at least three points") {
  for (const double place : tsne(clusters(3)).to_vector<double>()) CHECK(std::isfinite(place));
  CHECK_THROWS_AS(tsne(clusters(2)), InternalError);
}

}  // namespace intertwiner
