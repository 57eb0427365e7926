#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "data/images/transform.h"
#include "data/labelled_images.h"
#include "data/object_crops.h"
#include "data/scenes/scenes.h"
#include "data/shuffle.h"
#include "engine/error.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

/// One black image with a single white pixel.
LabelledImages one_white_pixel(int64_t y, int64_t x) {
  LabelledImages set{{"dot"}, Tensor::zeros({1, 32, 32, 3}, DType::uint8), Tensor::zeros({1}, DType::int32)};
  std::fill_n(set.pixels.data<uint8_t>() + (y * 32 + x) * 3, 3, uint8_t{255});
  return set;
}

/// An image of one colour with an object of another colour.
class OneObject : public DataSet {
 public:
  OneObject(int width, int height, const Box& box) : box_(box) {
    record_ = {"one", 1, width, height, {{box, 2, false, box.area()}, {{0, 0, 3, 3}, 1, false, 9}}};
  }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t size() const override { return 1; }
  const ImageRecord& record(int64_t) const override { return record_; }
  const std::vector<int64_t>& category_ids() const override { return ids_; }
  Image load(int64_t) const override {
    Image image{record_.width, record_.height, {}};
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const bool inside = x >= box_.x1 && x < box_.x2 && y >= box_.y1 && y < box_.y2;
        for (int c = 0; c < 3; ++c) image.rgb.push_back(inside ? 200 : 20);
      }
    return image;
  }

 private:
  Box box_;
  ImageRecord record_;
  std::vector<std::string> names_ = {"small", "large"};
  std::vector<int64_t> ids_ = {1, 2};
};

std::vector<int> row_of(const LabelledImages& set, int64_t y) {
  std::vector<int> row;
  for (int64_t x = 0; x < 32; ++x) row.push_back(set.pixels.data<uint8_t>()[(y * 32 + x) * 3]);
  return row;
}

}  // namespace

TEST_CASE("a plain batch has normalised images without augmentation") {
  const LabelledImages set = one_white_pixel(3, 7);
  const LabelledBatch batch = plain_batch(set, std::vector<int64_t>{0, 0});
  REQUIRE(batch.images.shape() == Shape{2, 32, 32, 3});
  CHECK(batch.labels.to_vector<int32_t>() == std::vector<int32_t>{0, 0});
  const float* white = batch.images.data<float>() + ((32 + 3) * 32 + 7) * 3;
  for (size_t c = 0; c < 3; ++c) {
    CHECK(white[c] == Approx((1 - kColourMean[c]) / kColourDeviation[c]));
    CHECK(batch.images.data<float>()[c] == Approx(-kColourMean[c] / kColourDeviation[c]));
  }
}

TEST_CASE("augmentation shifts images by up to 4 px and mirrors half of them, the same way in the same epoch") {
  const LabelledImages set = one_white_pixel(10, 5);
  const std::vector<int64_t> all = {0};
  std::vector<bool> down(9), right(9), mirrored_right(9);
  int mirrored = 0;
  for (int64_t epoch = 0; epoch < 300; ++epoch) {
    const Tensor image = augmented_batch(set, all, 1, epoch).images;
    tests::check_same_bits("again", augmented_batch(set, all, 1, epoch).images, image);
    const float* begin = image.data<float>();
    const auto at = std::max_element(begin, begin + image.size()) - begin;
    const auto y = at / 3 / 32, x = at / 3 % 32;
    REQUIRE((y >= 6 && y <= 14));
    const bool is_mirrored = x > 16;
    mirrored += is_mirrored;
    const auto shift = is_mirrored ? x - 26 : x - 5;
    REQUIRE(std::abs(shift) <= 4);
    down[static_cast<size_t>(y - 6)] = true;
    (is_mirrored ? mirrored_right : right)[static_cast<size_t>(shift + 4)] = true;
    // Padding is 0 and black is not, so the corner pixel shows whether the padding is visible there.
    CHECK((begin[0] == 0) == (y > 10 || (is_mirrored ? x > 26 : x > 5)));
  }
  CHECK((mirrored > 120 && mirrored < 180));
  for (const auto& seen : {down, right, mirrored_right})
    CHECK(std::all_of(seen.begin(), seen.end(), [](bool s) { return s; }));
}

TEST_CASE("each epoch has every image once, in an order of its own") {
  const std::vector<int64_t> images = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<int64_t> first = shuffled(images, 1, 0);
  CHECK(first == shuffled(images, 1, 0));
  CHECK(first != shuffled(images, 1, 1));
  CHECK(first != shuffled(images, 2, 0));
  std::sort(first.begin(), first.end());
  CHECK(first == images);
}

TEST_CASE("an object is cropped as a square with a margin, and resized") {
  // The object has 32×16 px. So the square has 40 px, from (10, 2) to (50, 42), and the object covers 0.1 to 0.9 of its
  // width and 0.3 to 0.7 of its height.
  const LabelledImages set = crop_objects(OneObject(60, 60, {14, 14, 46, 30}), {.margin = 0.125, .min_side_px = 16});
  REQUIRE(set.size() == 1);  // the other object is too small
  CHECK(set.labels.data<int32_t>()[0] == 1);
  const std::vector<int> middle = row_of(set, 16), top = row_of(set, 4);
  CHECK(middle[16] == 200);
  CHECK(middle[5] == 200);
  CHECK(middle[1] == 20);
  CHECK(middle[30] == 20);
  CHECK(top == std::vector<int>(32, 20));
}

TEST_CASE("a crop is clipped to the image, and data with only small objects is refused") {
  const OneObject data(40, 40, {0, 0, 32, 32});
  const LabelledImages set = crop_objects(data, {.margin = 0.5, .min_side_px = 0});
  REQUIRE(set.size() == 2);
  CHECK(set.labels.to_vector<int32_t>() == std::vector<int32_t>{1, 0});
  CHECK(row_of(set, 0)[0] == 200);  // the crop is the whole image
  CHECK(row_of(set, 31)[31] == 20);
  CHECK_THROWS_AS(crop_objects(data, {.margin = 0.5, .min_side_px = 33}), UserError);
}

TEST_CASE("crops are the same for any number of threads") {
  const DataSetPointer scenes = make_scenes({.seed = 3, .count = 6, .side_px = 96});
  const auto cut = [&](int threads) {
    const tests::Threads count(threads);
    return crop_objects(*scenes, {.min_side_px = 12});
  };
  const LabelledImages one = cut(1), three = cut(3);
  CHECK(one.size() > 6);
  tests::check_same_bits("pixels", one.pixels, three.pixels);
  tests::check_same_bits("labels", one.labels, three.labels);
}

}  // namespace intertwiner
