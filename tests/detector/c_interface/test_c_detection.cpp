#include <catch2/catch.hpp>
#include <cstring>

#include "data/images/image_io.h"
#include "detector/detect.h"
#include "detector/load_model.h"
#include "detector/training/trainer.h"
#include "engine/files/read_file.h"
#include "engine/parallel.h"
#include "tests/detector/c_interface/sample_model.h"
#include "tests/detector/tiny_run.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::as_rgb;
using tests::Detections;
using tests::OpenModel;
using tests::same;

struct Sample {
  tests::TemporaryFolder folder;
  std::filesystem::path file = folder / "model.safetensors";
  Image image = tests::noise_image(70, 50, 1);

  Sample() { tests::write_sample_model(file); }
};

// The image's pixels in another format, with `gap` bytes after each row and this value for alpha.
std::vector<uint8_t> converted(const Image& image, const std::vector<int>& channels, int gap, uint8_t alpha = 255) {
  std::vector<uint8_t> bytes;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x)
      for (const int c : channels)
        bytes.push_back(c < 0 ? alpha : image.rgb[static_cast<size_t>(3 * (y * image.width + x) + c)]);
    if (y + 1 < image.height) bytes.insert(bytes.end(), static_cast<size_t>(gap), 0x5A);
  }
  return bytes;
}

intertwiner_image image_of(const std::vector<uint8_t>& bytes, intertwiner_format format, const Image& like,
                           int stride) {
  return {bytes.data(), bytes.size(), format, like.width, like.height, stride};
}

}  // namespace

TEST_CASE("the C interface finds what the C++ library finds, bit for bit", "[c-interface]") {
  const Sample sample;
  const LoadedModel loaded = load_model(sample.file);
  const std::vector<Detection> expected = detect(*loaded.model, loaded.settings, {sample.image}).front();
  const Detections found = OpenModel(sample.file).detect(as_rgb(sample.image));
  REQUIRE(found.size() == expected.size());
  REQUIRE(found.size() > 10);
  for (size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].x1 == expected[i].box.x1);
    CHECK(found[i].y2 == expected[i].box.y2);
    CHECK(found[i].score == expected[i].score);
    CHECK(found[i].class_index == expected[i].label - 1);
  }
}

TEST_CASE("a model from memory is the model from the file", "[c-interface]") {
  const Sample sample;
  std::string bytes = read_file(sample.file);
  intertwiner_model* model = nullptr;
  REQUIRE(intertwiner_open_memory(bytes.data(), bytes.size(), nullptr, &model) == INTERTWINER_OK);
  std::fill(bytes.begin(), bytes.end(), '\0');  // the model has its own copy
  const intertwiner_image image = as_rgb(sample.image);
  intertwiner_result* result = nullptr;
  REQUIRE(intertwiner_detect(model, &image, 1, &result) == INTERTWINER_OK);
  CHECK(intertwiner_close(model) == INTERTWINER_OK);
  const intertwiner_detection* first = nullptr;
  size_t count = 0;
  REQUIRE(intertwiner_detections(result, 0, &first, &count) == INTERTWINER_OK);  // after its model is closed
  CHECK(same({first, first + count}, OpenModel(sample.file).detect(image)));
  CHECK(intertwiner_free_result(result) == INTERTWINER_OK);
}

TEST_CASE("RGB, BGR, RGBA and BGRA with gaps between rows give the same detections", "[c-interface]") {
  const Sample sample;
  const OpenModel model(sample.file);
  const Image& image = sample.image;
  const Detections expected = model.detect(as_rgb(image));
  for (const int gap : {0, 1, 13}) {
    INFO("gap " << gap);
    const auto rgb = converted(image, {0, 1, 2}, gap), bgr = converted(image, {2, 1, 0}, gap);
    const auto rgba = converted(image, {0, 1, 2, -1}, gap), bgra = converted(image, {2, 1, 0, -1}, gap);
    const int row3 = 3 * image.width + gap, row4 = 4 * image.width + gap;
    CHECK(same(model.detect(image_of(rgb, INTERTWINER_RGB, image, row3)), expected));
    CHECK(same(model.detect(image_of(bgr, INTERTWINER_BGR, image, row3)), expected));
    CHECK(same(model.detect(image_of(rgba, INTERTWINER_RGBA, image, row4)), expected));
    CHECK(same(model.detect(image_of(bgra, INTERTWINER_BGRA, image, row4)), expected));
  }
  const auto swapped = converted(image, {2, 1, 0}, 0);
  CHECK_FALSE(same(model.detect(image_of(swapped, INTERTWINER_RGB, image, 0)), expected));
}

TEST_CASE("grey is three equal channels, and transparent pixels are white", "[c-interface]") {
  const Sample sample;
  const OpenModel model(sample.file);
  const auto grey = converted(sample.image, {1}, 5), as_colour = converted(sample.image, {1, 1, 1}, 0);
  CHECK(same(model.detect(image_of(grey, INTERTWINER_GREY, sample.image, sample.image.width + 5)),
             model.detect(image_of(as_colour, INTERTWINER_RGB, sample.image, 0))));
  const auto clear = converted(sample.image, {0, 1, 2, -1}, 0, 0);
  const std::vector<uint8_t> white(sample.image.rgb.size(), 255);
  CHECK(same(model.detect(image_of(clear, INTERTWINER_RGBA, sample.image, 0)),
             model.detect(image_of(white, INTERTWINER_RGB, sample.image, 0))));
}

TEST_CASE("an encoded PNG or JPEG gives the detections of its pixels", "[c-interface]") {
  const Sample sample;
  const OpenModel model(sample.file);
  for (const char* name : {"image.png", "image.jpg"}) {
    const std::filesystem::path file = sample.folder / name;
    write_image(file, sample.image);
    const std::string bytes = read_file(file);
    const Image decoded = load_image(file);
    CHECK(
        same(model.detect({bytes.data(), bytes.size(), INTERTWINER_ENCODED, 0, 0, 0}), model.detect(as_rgb(decoded))));
  }
}

TEST_CASE("a batch of images of many sizes gives the boxes of each image alone, on 1, 2 and 3 threads",
          "[c-interface]") {
  for (const int64_t image_size : {96, 0}) {
    const tests::TemporaryFolder folder;
    Settings settings = tests::tiny_settings();
    settings.input.image_size = image_size;
    if (image_size == 0) settings.input.short_side = 64, settings.input.long_side = 128;
    Trainer(settings, tests::kTinyClasses, {1, 2, 3}).save(folder / "model.safetensors", true);
    std::vector<Image> images;
    for (int i = 0; i < 7; ++i) images.push_back(tests::noise_image(40 + 11 * i, 90 - 9 * i, static_cast<uint64_t>(i)));
    std::vector<intertwiner_image> batch;
    for (const Image& image : images) batch.push_back(as_rgb(image));
    const OpenModel one(folder / "model.safetensors");
    for (const int threads : {1, 2, 3}) {
      const std::vector<Detections> together = OpenModel(folder / "model.safetensors", threads).detect(batch);
      for (size_t i = 0; i < batch.size(); ++i) {
        INFO("image size " << image_size << ", " << threads << " threads, image " << i);
        CHECK(together[i].size() > 5);
        CHECK(same(together[i], one.detect(batch[i])));
      }
    }
    CHECK(one.detect(std::vector<intertwiner_image>()).empty());
  }
}

TEST_CASE("options change the score, NMS and the number of detections", "[c-interface]") {
  const Sample sample;
  const intertwiner_image image = as_rgb(sample.image);
  const Detections all = OpenModel(sample.file).detect(image);
  const float middle = all[all.size() / 2].score;
  for (const intertwiner_detection& d : OpenModel(sample.file, 1, double(middle)).detect(image))
    CHECK(d.score >= middle);
  intertwiner_options options;
  REQUIRE(intertwiner_default_options(&options, sizeof options) == INTERTWINER_OK);
  options.max_detections = 3;
  intertwiner_model* model = nullptr;
  REQUIRE(intertwiner_open_file(sample.file.c_str(), &options, &model) == INTERTWINER_OK);
  intertwiner_result* result = nullptr;
  REQUIRE(intertwiner_detect(model, &image, 1, &result) == INTERTWINER_OK);
  const intertwiner_detection* first = nullptr;
  size_t count = 0;
  intertwiner_detections(result, 0, &first, &count);
  CHECK(same({first, first + count}, {all.begin(), all.begin() + 3}));
  intertwiner_free_result(result);
  intertwiner_close(model);
}

TEST_CASE("classes are numbered from 0 and have their names", "[c-interface]") {
  const Sample sample;
  const OpenModel model(sample.file);
  size_t count = 0;
  REQUIRE(intertwiner_class_count(model.get(), &count) == INTERTWINER_OK);
  REQUIRE(count == 3);
  for (size_t i = 0; i < 3; ++i) {
    const char* name = nullptr;
    REQUIRE(intertwiner_class_name(model.get(), i, &name) == INTERTWINER_OK);
    CHECK(name == tests::kTinyClasses[i]);
  }
}

TEST_CASE("the threads of one model are not those of another, nor those of the program", "[c-interface]") {
  const Sample sample;
  const int of_program = thread_count();
  const OpenModel one(sample.file, 1), four(sample.file, 4);
  const intertwiner_image image = as_rgb(sample.image);
  const Detections expected = one.detect(image);
  CHECK(same(four.detect(image), expected));
  for (const int threads : {2, 1, 5, 0}) {
    REQUIRE(intertwiner_set_threads(four.get(), threads) == INTERTWINER_OK);
    CHECK(same(four.detect(image), expected));
  }
  CHECK(thread_count() == of_program);
}

TEST_CASE("the version is that of the header", "[c-interface]") {
  CHECK(intertwiner_version() == INTERTWINER_VERSION);
  CHECK(intertwiner_version_text() == std::to_string(INTERTWINER_VERSION_MAJOR) + "." +
                                          std::to_string(INTERTWINER_VERSION_MINOR) + "." +
                                          std::to_string(INTERTWINER_VERSION_PATCH));
}

}  // namespace intertwiner
