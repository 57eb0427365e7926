#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>

#include "data/loader.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/philox.h"
#include "tests/engine/backend/emulated_device.h"

namespace intertwiner {
namespace {

/// Images of noise with one object each; every fifth image has none. Image `broken` cannot be read.
class NoiseImages : public DataSet {
 public:
  explicit NoiseImages(int count, int broken = -1) : broken_(broken) {
    for (int i = 0; i < count; ++i) {
      ImageRecord record{
          .name = "noise " + std::to_string(i), .id = i + 1, .width = 20 + i % 3, .height = 16, .annotations = {}};
      if (i % 5 != 4) record.annotations = {{.box = {1, 2, 5.0f + i % 7, 9}, .label = 1 + i % 2}};
      records_.push_back(record);
    }
  }
  const std::vector<std::string>& class_names() const override { return names_; }
  const std::vector<int64_t>& category_ids() const override { return ids_; }
  int64_t size() const override { return static_cast<int64_t>(records_.size()); }
  const ImageRecord& record(int64_t index) const override { return records_.at(static_cast<size_t>(index)); }
  Image load(int64_t index) const override {
    if (index == broken_) throw UserError(record(index).name + ": cannot be read");
    Image image{record(index).width, record(index).height, {}};
    const Philox random(static_cast<uint64_t>(index), Purpose::tests);
    for (int i = 0; i < image.width * image.height * 3; ++i) {
      image.rgb.push_back(static_cast<uint8_t>(random.word(static_cast<uint64_t>(i))));
    }
    return image;
  }

 private:
  int broken_;
  std::vector<ImageRecord> records_;
  std::vector<std::string> names_ = {"one", "two"};
  std::vector<int64_t> ids_ = {1, 2};
};

std::shared_ptr<const DataSet> noise_images(int count, int broken = -1) {
  return std::make_shared<NoiseImages>(count, broken);
}

constexpr InputSize kSmall{.image_size = 24};

const AugmentOptions kAllPieces{
    .photometric = {.probability = 0.5}, .scale_jitter = {0.5, 1.5}, .iou_crop = 0.5, .zoom_out = 0.3, .mosaic = 0.5};

bool same(const Batch& a, const Batch& b) {
  return a.indices == b.indices && a.names == b.names && a.images.shape() == b.images.shape() &&
         a.images.to_vector<float>() == b.images.to_vector<float>() &&
         a.boxes.to_vector<float>() == b.boxes.to_vector<float>() &&
         a.labels.to_vector<int32_t>() == b.labels.to_vector<int32_t>() &&
         a.object_counts.to_vector<int32_t>() == b.object_counts.to_vector<int32_t>();
}

}  // namespace

TEST_CASE("a loader started at any step gives the same bits as an uninterrupted run, for any number of workers") {
  const auto data = noise_images(23);
  Loader reference(data, {.batch_size = 4, .seed = 9, .workers = 0, .input = kSmall, .cache_mb = 0});
  REQUIRE(reference.steps_per_epoch() == 5);
  std::vector<Batch> expected;
  for (int step = 0; step < 16; ++step) expected.push_back(reference.next());
  for (const int64_t workers : {0, 1, 3}) {
    for (const int64_t first : {0, 3, 5, 11}) {
      Loader loader(data, {.batch_size = 4, .seed = 9, .workers = workers, .first_step = first, .input = kSmall});
      for (size_t step = static_cast<size_t>(first); step < expected.size(); ++step) {
        INFO("step " << step << ", started at " << first << " with " << workers << " workers");
        REQUIRE(same(loader.next(), expected[step]));
      }
    }
  }
}

TEST_CASE(
    "augmented and repeated batches have the same bits for any first step and any number of workers and threads") {
  const auto data = noise_images(23);
  const auto loader_from = [&](int64_t first, int64_t workers) {
    return std::make_unique<Loader>(data, LoaderOptions{.batch_size = 4,
                                                        .seed = 9,
                                                        .workers = workers,
                                                        .first_step = first,
                                                        .input = kSmall,
                                                        .augment = kAllPieces,
                                                        .mosaic_end_step = 12,
                                                        .repeat_threshold = 0.9});
  };
  const auto reference = loader_from(0, 0);
  REQUIRE(reference->steps_per_epoch() == 8);  // 23 images, of which 19 with objects occur about 1.5 times
  std::vector<Batch> expected;
  for (int step = 0; step < 16; ++step) expected.push_back(reference->next());
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    const UseThreadPool use(pool);
    for (const int64_t workers : {0, 1, 3}) {
      for (const int64_t first : {0, 3, 8, 11}) {
        const auto loader = loader_from(first, workers);
        for (size_t step = static_cast<size_t>(first); step < expected.size(); ++step) {
          INFO("step " << step << ", started at " << first << " with " << workers << " workers");
          REQUIRE(same(loader->next(), expected[step]));
        }
      }
    }
  }
}

TEST_CASE("an image that occurs twice in an epoch is augmented differently each time") {
  Loader loader(noise_images(10), {.batch_size = 4,
                                   .workers = 0,
                                   .input = kSmall,
                                   .augment = {.photometric = {.probability = 1}},
                                   .repeat_threshold = 1});
  std::map<int64_t, std::vector<float>> seen;
  int repeated = 0;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch batch = loader.next();
    for (int64_t i = 0; i < 4; ++i) {
      const std::vector<float> pixels = batch.images.slice(i, i + 1).to_vector<float>();
      const auto [at, is_new] = seen.emplace(batch.indices[static_cast<size_t>(i)], pixels);
      if (!is_new) CHECK(at->second != pixels);
      repeated += !is_new;
    }
  }
  CHECK(repeated > 0);
}

TEST_CASE("from the mosaic's last step on, batches are those without mosaics") {
  const auto loader_with = [](double mosaic, int64_t workers) {
    return std::make_unique<Loader>(
        noise_images(20),
        LoaderOptions{
            .batch_size = 4, .workers = workers, .input = kSmall, .augment = {.iou_crop = 0.5, .mosaic = mosaic}});
  };
  for (const int64_t workers : {0, 2}) {
    const auto with = loader_with(1, workers), without = loader_with(0, workers);
    with->end_mosaic_at(6);
    CHECK_THROWS_AS(with->end_mosaic_at(3), InternalError);  // its batch may be loaded
    for (int step = 0; step < 9; ++step) {
      const Batch mosaic = with->next(), single = without->next();
      const bool is_same = mosaic.images.to_vector<float>() == single.images.to_vector<float>();
      INFO("step " << step);
      CHECK(is_same == (step >= 6));
      CHECK(mosaic.labels.dim(1) == 16);
    }
  }
}

TEST_CASE("an epoch has no image twice, and the next epoch has another order") {
  Loader loader(noise_images(40), {.batch_size = 8, .workers = 2, .input = kSmall});
  std::vector<std::vector<int64_t>> epochs(3);
  for (std::vector<int64_t>& epoch : epochs) {
    for (int step = 0; step < 5; ++step) {
      const Batch batch = loader.next();
      epoch.insert(epoch.end(), batch.indices.begin(), batch.indices.end());
    }
    CHECK(std::set<int64_t>(epoch.begin(), epoch.end()).size() == 40);
  }
  CHECK(epochs[0] != epochs[1]);
  CHECK(epochs[1] != epochs[2]);
}

TEST_CASE("another seed gives another order") {
  Loader one(noise_images(40), {.batch_size = 40, .seed = 1, .input = kSmall});
  Loader two(noise_images(40), {.batch_size = 40, .seed = 2, .input = kSmall});
  CHECK(one.next().indices != two.next().indices);
}

TEST_CASE("flips follow their probability and differ between epochs") {
  const auto data = noise_images(200);
  const auto boxes = [&](double probability, int64_t epoch) {
    Loader loader(data, {.batch_size = 200, .first_step = epoch, .input = kSmall, .flip_probability = probability});
    const Batch batch = loader.next();
    std::vector<float> left(200);  // by image
    for (size_t i = 0; i < 200; ++i) {
      left[static_cast<size_t>(batch.indices[i])] =
          batch.boxes.data<float>()[i * 4 * static_cast<size_t>(batch.boxes.dim(1))];
    }
    return left;
  };
  const std::vector<float> never = boxes(0, 0), always = boxes(1, 0), half = boxes(0.5, 0), later = boxes(0.5, 1);
  int flipped = 0, objects = 0, changed = 0;
  for (size_t i = 0; i < 200; ++i) {
    if (never[i] == 0) continue;
    ++objects;
    CHECK(never[i] != always[i]);
    CHECK((half[i] == never[i] || half[i] == always[i]));
    flipped += half[i] == always[i];
    changed += half[i] != later[i];
  }
  REQUIRE(objects == 160);
  CHECK(flipped > 55);
  CHECK(flipped < 105);
  CHECK(changed > 55);
  CHECK(changed < 105);
}

TEST_CASE("each batch has one of the short sides, which depends only on the step; all short sides occur") {
  const auto loader_from = [](int64_t step, int64_t workers) {
    return Loader(noise_images(12), {.batch_size = 2,
                                     .seed = 3,
                                     .workers = workers,
                                     .first_step = step,
                                     .input = {.image_size = 0, .short_side = 16, .long_side = 200},
                                     .short_sides = {32, 48, 96}});
  };
  Loader whole = loader_from(0, 0), later = loader_from(10, 2);
  std::set<float> seen;
  for (int64_t step = 0; step < 30; ++step) {
    const Batch batch = whole.next();
    const float height = batch.image_sizes.data<float>()[0];  // images are 16 px high
    CHECK((height == 32 || height == 48 || height == 96));
    CHECK(batch.image_sizes.data<float>()[2] == height);
    CHECK(batch.images.dim(1) % 32 == 0);
    seen.insert(height);
    if (step >= 10) CHECK(same(batch, later.next()));
  }
  CHECK(seen.size() == 3);
  CHECK_THROWS_AS(Loader(noise_images(12), {.batch_size = 2, .input = kSmall, .short_sides = {32}}), UserError);
}

TEST_CASE("in sequential order every image occurs once and unflipped, and the last batch may be smaller") {
  Loader loader(noise_images(10), {.batch_size = 4, .workers = 3, .input = kSmall, .order = LoaderOrder::sequential});
  REQUIRE(loader.steps_per_epoch() == 3);
  std::vector<int64_t> indices;
  for (int step = 0; step < 3; ++step) {
    const Batch batch = loader.next();
    const bool has_object = batch.object_counts.data<int32_t>()[0] > 0;
    if (has_object) CHECK(batch.boxes.data<float>()[0] == Approx(24.0 / batch.geometry[0].original_width));
    indices.insert(indices.end(), batch.indices.begin(), batch.indices.end());
  }
  CHECK(indices == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK_THROWS_AS(loader.next(), InternalError);
}

TEST_CASE("images without objects are skipped if skip_images_without_objects is set") {
  Loader loader(noise_images(20), {.batch_size = 16, .input = kSmall, .skip_images_without_objects = true});
  CHECK(loader.image_count() == 16);
  for (const int32_t count : loader.next().object_counts.to_vector<int32_t>()) CHECK(count == 1);
}

TEST_CASE("an image that cannot be read is reported with its name at its step, and later steps still work") {
  for (const int64_t workers : {0, 1, 3}) {
    Loader loader(noise_images(12, 5),
                  {.batch_size = 4, .workers = workers, .input = kSmall, .order = LoaderOrder::sequential});
    CHECK(loader.next().indices.front() == 0);
    CHECK_THROWS_WITH(loader.next(), "noise 5: cannot be read");
    CHECK(loader.next().indices.front() == 8);
  }
}

TEST_CASE("a data set smaller than a batch and options out of range are refused") {
  CHECK_THROWS_WITH(Loader(noise_images(5), {.batch_size = 8}),
                    Catch::Contains("5 images") && Catch::Contains("smaller batches"));
  CHECK_THROWS_AS(Loader(noise_images(5), {.batch_size = 0}), UserError);
  CHECK_THROWS_AS(Loader(noise_images(5), {.batch_size = 1, .workers = -1}), UserError);
  CHECK_THROWS_AS(Loader(noise_images(5), {.batch_size = 1, .flip_probability = 1.5}), UserError);
  CHECK_THROWS_AS(Loader(noise_images(5), {.batch_size = 1, .augment = {.mosaic = 2}}), UserError);
  CHECK_THROWS_AS(Loader(noise_images(5), {.batch_size = 1, .repeat_threshold = 2}), UserError);
  CHECK_THROWS_AS(Loader(noise_images(5), {.augment = {.mosaic = 1}, .order = LoaderOrder::sequential}), UserError);
}

TEST_CASE("a loader whose batches are never taken stops at once") {
  for (int i = 0; i < 20; ++i) Loader loader(noise_images(20), {.batch_size = 4, .workers = 3, .input = kSmall});
  SUCCEED();
}

TEST_CASE("batches for a device lie in host memory for copies to it, and have the same content") {
  const tests::EmulatedDevice device;
  for (const int64_t workers : {0, 2}) {
    LoaderOptions options{.batch_size = 4, .workers = workers, .input = kSmall};
    Loader here(noise_images(12), options);
    options.device = Device::cuda;
    const int64_t before = device.host_blocks();
    Loader there(noise_images(12), options);
    const Batch batch = there.next();
    CHECK(same(batch, here.next()));
    CHECK(batch.images.device() == Device::cpu);
    CHECK(device.host_blocks() > before);
  }
}

}  // namespace intertwiner
