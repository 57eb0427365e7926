#include "data/repeat_factors.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/philox.h"

namespace intertwiner {
namespace {

/// Rounded so that sums of factors are exact in double.
double rounded(double factor) { return std::round(factor * 0x1p20) * 0x1p-20; }

std::set<int> classes_in(const ImageRecord& record) {
  std::set<int> classes;
  for (const Annotation& object : training_annotations(record)) classes.insert(object.label);
  return classes;
}

}  // namespace

std::vector<double> repeat_factors(const DataSet& data, const std::vector<int64_t>& images, double threshold) {
  std::vector<int64_t> images_with(data.class_names().size() + 1, 0);  // by label
  for (const int64_t image : images)
    for (const int label : classes_in(data.record(image))) ++images_with[static_cast<size_t>(label)];
  std::vector<double> factors;
  for (const int64_t image : images) {
    double factor = 1;
    for (const int label : classes_in(data.record(image))) {
      const double fraction =
          static_cast<double>(images_with[static_cast<size_t>(label)]) / static_cast<double>(images.size());
      factor = std::max(factor, std::sqrt(threshold / fraction));
    }
    factors.push_back(rounded(factor));
  }
  return factors;
}

std::vector<Occurrence> repeated(const std::vector<int64_t>& images, const std::vector<double>& factors, uint64_t seed,
                                 int64_t epoch) {
  double sum = Philox(seed, Purpose::repeats).uniform(static_cast<uint64_t>(epoch));
  std::vector<Occurrence> epoch_images;
  for (size_t i = 0; i < images.size(); ++i) {
    const double before = std::floor(sum);
    sum += factors[i];
    const auto times = static_cast<int64_t>(std::floor(sum) - before);
    for (int64_t time = 0; time < times; ++time) epoch_images.push_back(occurrence_of(images[i], time));
  }
  return epoch_images;
}

}  // namespace intertwiner
