#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "data/repeat_factors.h"
#include "data/shuffle.h"
#include "engine/error.h"

using namespace intertwiner;

namespace {

/// Annotations without pixels.
class Records : public DataSet {
 public:
  const std::vector<std::string>& class_names() const override { return names_; }
  const std::vector<int64_t>& category_ids() const override { return ids_; }
  int64_t size() const override { return static_cast<int64_t>(records_.size()); }
  const ImageRecord& record(int64_t index) const override { return records_.at(static_cast<size_t>(index)); }
  Image load(int64_t) const override { throw InternalError("a record has no pixels"); }
  void add(const std::vector<Annotation>& objects) {
    records_.push_back({.name = "record", .id = size() + 1, .width = 10, .height = 10, .annotations = objects});
  }

 private:
  std::vector<ImageRecord> records_;
  std::vector<std::string> names_ = {"common", "rare", "rarest"};
  std::vector<int64_t> ids_ = {1, 2, 3};
};

/// 100 images: class 1 is in all but the last 10, class 2 in images 0 to 3, and class 3 in image 0.
Records some_images() {
  Records data;
  for (int i = 0; i < 100; ++i) {
    std::vector<Annotation> objects;
    if (i < 90) objects.push_back({{1, 1, 9, 9}, 1, false, 64});
    if (i < 4) objects.push_back({{1, 1, 9, 9}, 2, false, 64});
    if (i == 0) objects.push_back({{1, 1, 9, 9}, 3, false, 64});
    if (i == 50) objects.push_back({{1, 1, 9, 9}, 3, true, 64});  // ignored: does not count
    data.add(objects);
  }
  return data;
}

std::vector<int64_t> all_of(const DataSet& data) {
  std::vector<int64_t> images;
  for (int64_t i = 0; i < data.size(); ++i) images.push_back(i);
  return images;
}

}  // namespace

TEST_CASE("an image's repeat factor is sqrt(threshold / fraction) of its rarest class, at least 1") {
  const Records data = some_images();
  const std::vector<double> factors = repeat_factors(data, all_of(data), 0.09);
  CHECK(factors[0] == Approx(3));    // sqrt(0.09 / 0.01)
  CHECK(factors[1] == Approx(1.5));  // sqrt(0.09 / 0.04)
  CHECK(factors[3] == Approx(1.5));
  CHECK(factors[4] == 1);
  CHECK(factors[50] == 1);
  CHECK(factors[99] == 1);
}

TEST_CASE("over many epochs each image occurs as often as its factor says, and every epoch has the same length") {
  const Records data = some_images();
  const std::vector<int64_t> images = all_of(data);
  const std::vector<double> factors = repeat_factors(data, images, 0.0625);  // 2.5 and 1.25
  double sum = 0;
  for (const double factor : factors) sum += factor;
  std::map<int64_t, int> counts;
  constexpr int kEpochs = 2000;
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<Occurrence> order = repeated(images, factors, 3, epoch);
    CHECK(order.size() >= static_cast<size_t>(sum));
    CHECK(order.size() <= static_cast<size_t>(sum) + 1);
    std::map<int64_t, int> here;
    for (const Occurrence occurrence : order) {
      const int64_t image = image_of(occurrence);
      CHECK(occurrence == occurrence_of(image, here[image]++));
      ++counts[image];
    }
    CHECK((here[0] == 2 || here[0] == 3));
    CHECK((here[1] == 1 || here[1] == 2));
    CHECK(here[4] == 1);
  }
  CHECK(counts[0] == Approx(2.5 * kEpochs).epsilon(0.03));
  CHECK(counts[1] == Approx(1.25 * kEpochs).epsilon(0.03));
  CHECK(counts[99] == kEpochs);
  CHECK(repeated(images, factors, 3, 7) == repeated(images, factors, 3, 7));
}

TEST_CASE("the occurrences of an image lie at different places of the epoch") {
  std::vector<Occurrence> order;
  for (int64_t image = 0; image < 50; ++image)
    for (int64_t times = 0; times < 3; ++times) order.push_back(occurrence_of(image, times));
  const std::vector<Occurrence> mixed = shuffled(order, 1, 0);
  int neighbours = 0;
  for (size_t i = 1; i < mixed.size(); ++i) neighbours += image_of(mixed[i]) == image_of(mixed[i - 1]);
  CHECK(neighbours < 12);
}
