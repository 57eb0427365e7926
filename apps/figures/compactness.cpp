#include "apps/figures/compactness.h"

#include <cmath>
#include <map>
#include <vector>

namespace intertwiner {
namespace {

using Point = std::vector<double>;

double distance(const double* a, const double* b, size_t size) {
  double sum = 0;
  for (size_t k = 0; k < size; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum);
}

/// The centroids of classes with at least two rows.
std::map<int32_t, Point> centroids(const double* features, std::span<const int32_t> labels, size_t size) {
  std::map<int32_t, Point> sums;
  std::map<int32_t, int64_t> counts;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    Point& sum = sums.try_emplace(labels[i], size, 0.0).first->second;
    for (size_t k = 0; k < size; ++k) sum[k] += features[i * size + k];
    ++counts[labels[i]];
  }
  std::erase_if(sums, [&](const auto& of_class) { return counts[of_class.first] < 2; });
  for (auto& [label, sum] : sums)
    for (double& value : sum) value /= static_cast<double>(counts[label]);
  return sums;
}

}  // namespace

std::optional<double> compactness(const Tensor& features, std::span<const int32_t> distance_labels,
                                  std::span<const int32_t> centroid_labels) {
  const Tensor in_double = features.to(DType::float64);
  const double* rows = in_double.data<double>();
  const auto size = static_cast<size_t>(features.dim(1));
  const std::map<int32_t, Point> centroid = centroids(rows, centroid_labels, size);

  double within = 0, between = 0;
  int64_t counted = 0, pairs = 0;
  for (size_t i = 0; i < distance_labels.size(); ++i) {
    const auto own = centroid.find(distance_labels[i]);
    if (own == centroid.end()) continue;
    within += distance(rows + i * size, own->second.data(), size);
    ++counted;
  }
  for (auto a = centroid.begin(); a != centroid.end(); ++a)
    for (auto b = std::next(a); b != centroid.end(); ++b, ++pairs)
      between += distance(a->second.data(), b->second.data(), size);
  if (counted == 0 || pairs == 0 || between == 0) return std::nullopt;
  return within / static_cast<double>(counted) / (between / static_cast<double>(pairs));
}

}  // namespace intertwiner
