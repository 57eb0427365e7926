#include <catch2/catch.hpp>
#include <memory>

#include "data/batch.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

std::shared_ptr<const Image> grey(int width, int height) {
  return std::make_shared<const Image>(
      Image{width, height, std::vector<uint8_t>(static_cast<size_t>(width * height * 3), 128)});
}

ImageRecord record(std::string name, std::vector<Annotation> annotations) {
  return {.name = std::move(name), .annotations = std::move(annotations)};
}

}  // namespace

TEST_CASE("a batch has each image at the upper left of a square, with zeros right and below") {
  const ImageRecord wide = record("wide", {}), tall = record("tall", {});
  const BatchItem items[] = {{grey(40, 20), &wide, 7}, {grey(10, 30), &tall, 9}};
  const Batch batch = make_batch(items, {.image_size = 64});
  REQUIRE(batch.images.shape() == Shape{2, 64, 64, 3});
  CHECK(batch.size() == 2);
  CHECK(batch.indices == std::vector<int64_t>{7, 9});
  CHECK(batch.names == std::vector<std::string>{"wide", "tall"});
  CHECK(batch.image_sizes.to_vector<float>() == std::vector<float>{32, 64, 64, 21});
  int wrong = 0;
  for (int n = 0; n < 2; ++n) {
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) {
        const bool inside = y < batch.geometry[n].height && x < batch.geometry[n].width;
        const float red = batch.images.data<float>()[((n * 64 + y) * 64 + x) * 3];
        wrong += inside ? std::abs(red - (128 / 255.0 - 0.485) / 0.229) > 1e-5 : red != 0;
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("with image_size 0 a batch has the largest height and width of its images, rounded up to 32") {
  const ImageRecord nothing;
  const BatchItem items[] = {{grey(100, 50), &nothing}, {grey(50, 70), &nothing}};
  const Batch batch = make_batch(items, {.image_size = 0, .short_side = 50, .long_side = 90});
  CHECK(batch.geometry[0].width == 90);
  CHECK(batch.geometry[0].height == 45);
  CHECK(batch.geometry[1].width == 50);
  CHECK(batch.geometry[1].height == 70);
  CHECK(batch.images.shape() == Shape{2, 96, 96, 3});
}

TEST_CASE("boxes are scaled by the ratio of each axis and mirrored within the width without padding") {
  const ImageRecord one = record("one", {{.box = {10, 5, 30, 15}, .label = 2}});
  const BatchItem items[] = {{grey(40, 21), &one, 0, false}, {grey(40, 21), &one, 0, true}};
  const Batch batch = make_batch(items, {.image_size = 20});  // 20×10
  const float* boxes = batch.boxes.data<float>();
  const int64_t capacity = batch.boxes.dim(1);
  CHECK(capacity == 16);
  const float y1 = 5 * 10.0f / 21, y2 = 15 * 10.0f / 21;
  const float plain[] = {5, y1, 15, y2};
  for (int k = 0; k < 4; ++k) CHECK(boxes[k] == Approx(plain[k]));
  CHECK(boxes[capacity * 4] == Approx(20 - 15));
  CHECK(boxes[capacity * 4 + 2] == Approx(20 - 5));
  CHECK(batch.labels.data<int32_t>()[0] == 2);
  CHECK(batch.labels.data<int32_t>()[1] == 0);
}

TEST_CASE("ignored objects and boxes without area are not trained on; an image may have no objects") {
  const ImageRecord some = record("some", {{.box = {1, 1, 5, 5}, .label = 1, .ignored = true},
                                           {.box = {2, 2, 2, 9}, .label = 1},
                                           {.box = {1, 2, 3, 4}, .label = 3}});
  const ImageRecord none = record("none", {{.box = {1, 1, 5, 5}, .label = 1, .ignored = true}});
  const BatchItem items[] = {{grey(8, 8), &some}, {grey(8, 8), &none}};
  const Batch batch = make_batch(items, {.image_size = 8});
  CHECK(batch.object_counts.to_vector<int32_t>() == std::vector<int32_t>{1, 0});
  CHECK(batch.labels.data<int32_t>()[0] == 3);
}

TEST_CASE("the capacity is a multiple of 16, and an image with more objects throws InternalError") {
  CHECK(object_capacity(0) == 16);
  CHECK(object_capacity(16) == 16);
  CHECK(object_capacity(17) == 32);
  const ImageRecord crowded = record("crowded", std::vector<Annotation>(17, {.box = {0, 0, 4, 4}, .label = 1}));
  const BatchItem items[] = {{grey(8, 8), &crowded}};
  CHECK(make_batch(items, {.image_size = 8}).boxes.shape() == Shape{1, 32, 4});
  CHECK(make_batch(items, {.image_size = 8}, 48).boxes.shape() == Shape{1, 48, 4});
  CHECK_THROWS_AS(make_batch(items, {.image_size = 8}, 16), InternalError);
}

TEST_CASE("a batch for detection has images and geometry but no objects") {
  const Image images[] = {*grey(30, 20), *grey(20, 30)};
  const Batch batch = make_detection_batch(images, {.image_size = 60});
  CHECK(batch.images.shape() == Shape{2, 60, 60, 3});
  CHECK(batch.indices == std::vector<int64_t>{0, 1});
  CHECK(batch.object_counts.to_vector<int32_t>() == std::vector<int32_t>{0, 0});
  CHECK(batch.geometry[1].to_original({0, 0, 40, 60}) == Box{0, 0, 20, 30});
}

}  // namespace intertwiner
