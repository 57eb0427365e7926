#include <catch2/catch.hpp>
#include <vector>

#include "apps/figures/compactness.h"

namespace intertwiner {
namespace {

// Class 1 is around (0, 0), class 2 around (10, 0), class 3 has a single point.
const std::vector<float> kPoints = {-1, 0, 1, 0, 10, 2, 10, -2, 100, 100};
const std::vector<int32_t> kLabels = {1, 1, 2, 2, 3};

Tensor points(double factor = 1) {
  std::vector<float> values = kPoints;
  for (float& value : values) value *= static_cast<float>(factor);
  return Tensor::from(values, {-1, 2});
}

}  // namespace

TEST_CASE("compactness is the mean distance to the own centroid divided by the mean distance of centroids") {
  CHECK(compactness(points(), kLabels, kLabels).value() == Approx((1 + 1 + 2 + 2) / 4.0 / 10));
  CHECK(compactness(points(8), kLabels, kLabels).value() == Approx(0.15));
}

TEST_CASE("distances of small objects can be measured to the centroids of large ones") {
  // A small object of class 1 at (0, 3), one of class 2 at (14, 3), and one of class 3, which has no centroid.
  std::vector<float> values = kPoints;
  values.insert(values.end(), {0, 3, 14, 3, 7, 7});
  const std::vector<int32_t> large = {1, 1, 2, 2, 3, -1, -1, -1}, small = {-1, -1, -1, -1, -1, 1, 2, 3};
  CHECK(compactness(Tensor::from(values, {-1, 2}), small, large).value() == Approx((3 + 5) / 2.0 / 10));
}

TEST_CASE("the distance between centroids is the mean over all pairs of classes") {
  const Tensor corners = Tensor::from(std::vector<double>{0, 1, 0, -1, 3, 1, 3, -1, 0, 5, 0, 3}, {-1, 2});
  const std::vector<int32_t> labels = {4, 4, 5, 5, 9, 9};
  CHECK(compactness(corners, labels, labels).value() == Approx(1 / ((3 + 4 + 5) / 3.0)));
}

TEST_CASE("compactness needs two classes of two objects and at least one distance") {
  const std::vector<int32_t> one_class = {1, 1, 1, 1, 3}, none(5, -1);
  CHECK(!compactness(points(), one_class, one_class));
  CHECK(!compactness(points(), none, kLabels));
  CHECK(!compactness(points(), kLabels, none));
  CHECK(!compactness(points(0), kLabels, kLabels));
}

}  // namespace intertwiner
