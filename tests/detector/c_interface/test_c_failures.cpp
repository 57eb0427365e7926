#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>
#include <thread>

#include "data/images/image_io.h"
#include "engine/files/read_file.h"
#include "tests/detector/c_interface/sample_model.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Catch::Contains;
using tests::OpenModel;

intertwiner_options default_options() {
  intertwiner_options options;
  REQUIRE(intertwiner_default_options(&options, sizeof options) == INTERTWINER_OK);
  return options;
}

// Opening must give this status and no model.
void check_open(const std::filesystem::path& file, const intertwiner_options* options, intertwiner_status expected,
                const std::string& says) {
  auto* model = reinterpret_cast<intertwiner_model*>(1);
  CHECK(intertwiner_open_file(file.c_str(), options, &model) == expected);
  CHECK(model == nullptr);
  CHECK_THAT(intertwiner_last_error(), Contains(says));
  CHECK(std::strchr(intertwiner_last_error(), '\n') == nullptr);
}

struct Sample {
  tests::TemporaryFolder folder;
  std::filesystem::path file = folder / "model.safetensors";
  Image image = tests::noise_image(30, 20, 1);

  Sample() { tests::write_sample_model(file); }
};

}  // namespace

TEST_CASE("a file that is missing, a folder, cut short, damaged or of another format gives its status",
          "[c-interface]") {
  const Sample sample;
  const std::string bytes = read_file(sample.file);
  check_open(sample.folder / "none", nullptr, INTERTWINER_FILE_ERROR, "cannot be read");
  check_open(sample.folder.path(), nullptr, INTERTWINER_FILE_ERROR, "cannot be read");
  check_open("", nullptr, INTERTWINER_FILE_ERROR, "cannot be read");
  for (const size_t size : {size_t{0}, size_t{7}, size_t{8}, size_t{1000}, bytes.size() / 2, bytes.size() - 1}) {
    INFO("cut to " << size << " bytes");
    check_open(sample.folder.write("cut", bytes.substr(0, size)), nullptr, INTERTWINER_DAMAGED, "cut short");
    intertwiner_model* model = nullptr;
    CHECK(intertwiner_open_memory(bytes.data(), size, nullptr, &model) == INTERTWINER_DAMAGED);
    CHECK(model == nullptr);
  }
  check_open(sample.folder.write("text", "This is no model, but a text."), nullptr, INTERTWINER_DAMAGED, "safetensors");
  std::string later = bytes;
  later.replace(later.find("\"intertwiner_format\":\"1\""), 24, "\"intertwiner_format\":\"9\"");
  check_open(sample.folder.write("later", later), nullptr, INTERTWINER_UNSUPPORTED, "format 9");
  std::string infinite = bytes;
  infinite.replace(infinite.size() - 4, 4, std::string("\0\0\x80\x7F", 4));
  check_open(sample.folder.write("infinite", infinite), nullptr, INTERTWINER_DAMAGED, "not finite");
}

TEST_CASE("options out of range and structs of a wrong size are invalid arguments", "[c-interface]") {
  const Sample sample;
  const auto refused = [&](const std::function<void(intertwiner_options&)>& change, const std::string& says) {
    intertwiner_options options = default_options();
    change(options);
    check_open(sample.file, &options, INTERTWINER_INVALID_ARGUMENT, says);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](auto& o) { o.size = 0; }, "size");
  refused([](auto& o) { o.size = sizeof o - 1; }, "size");
  refused([](auto& o) { o.size = size_t{1} << 40; }, "size");
  refused([](auto& o) { o.device = 2; }, "device");
  refused([](auto& o) { o.device = -1; }, "device");
  refused([](auto& o) { o.threads = -1; }, "threads");
  refused([](auto& o) { o.threads = 100000; }, "threads");
  refused([](auto& o) { o.score = 1.1; }, "score");
  refused([=](auto& o) { o.score = nan; }, "score");
  refused([](auto& o) { o.score = -2; }, "score");
  refused([](auto& o) { o.nms = 7; }, "nms");
  refused([](auto& o) { o.max_detections = -1; }, "max_detections");
  refused([](auto& o) { o.max_detections = 1000000; }, "max_detections");
  refused([](auto& o) { o.max_pixels = 0; }, "max_pixels");
  intertwiner_options options;
  CHECK(intertwiner_default_options(&options, sizeof options - 1) == INTERTWINER_INVALID_ARGUMENT);
  CHECK(intertwiner_default_options(nullptr, sizeof options) == INTERTWINER_INVALID_ARGUMENT);
}

TEST_CASE("an image has a largest size that no option raises", "[c-interface]") {
  const Sample sample;
  intertwiner_options options = default_options();
  options.max_pixels = int64_t{1} << 31;
  intertwiner_model* model = nullptr;
  REQUIRE(intertwiner_open_file(sample.file.c_str(), &options, &model) == INTERTWINER_OK);
  constexpr int32_t kWidth = 720'000'000;
  const uint8_t pixel = 0;
  const intertwiner_image image = {&pixel, kWidth, INTERTWINER_GREY, kWidth, 1, 0};
  intertwiner_result* result = nullptr;
  CHECK(intertwiner_detect(model, &image, 1, &result) == INTERTWINER_INVALID_ARGUMENT);
  CHECK_THAT(intertwiner_last_error(), Contains("more pixels than the limit"));
  intertwiner_close(model);
}

TEST_CASE("a program with a later header may use this library unless it sets what the library does not know",
          "[c-interface]") {
  const Sample sample;
  struct Later {
    intertwiner_options known;
    int64_t added;
  } later;
  std::memset(&later, 0x55, sizeof later);
  REQUIRE(intertwiner_default_options(&later.known, sizeof later) == INTERTWINER_OK);
  CHECK(later.known.size == sizeof later);
  CHECK(later.added == 0);
  intertwiner_model* model = nullptr;
  CHECK(intertwiner_open_file(sample.file.c_str(), &later.known, &model) == INTERTWINER_OK);
  intertwiner_close(model);
  later.added = 1;
  check_open(sample.file, &later.known, INTERTWINER_INVALID_ARGUMENT, "does not know");
}

TEST_CASE("null pointers are answered, not followed", "[c-interface]") {
  const Sample sample;
  const OpenModel opened(sample.file);
  const intertwiner_image image = tests::as_rgb(sample.image);
  intertwiner_model* model = nullptr;
  intertwiner_result* result = nullptr;
  const intertwiner_detection* first = nullptr;
  const char* name = nullptr;
  size_t count = 0;
  constexpr intertwiner_status kInvalid = INTERTWINER_INVALID_ARGUMENT;
  CHECK(intertwiner_open_file(nullptr, nullptr, &model) == kInvalid);
  CHECK(intertwiner_open_file(sample.file.c_str(), nullptr, nullptr) == kInvalid);
  CHECK(intertwiner_open_memory(nullptr, 10, nullptr, &model) == kInvalid);
  CHECK(intertwiner_open_memory("", 0, nullptr, nullptr) == kInvalid);
  CHECK(intertwiner_set_threads(nullptr, 1) == kInvalid);
  CHECK(intertwiner_set_threads(opened.get(), -1) == kInvalid);
  CHECK(intertwiner_class_count(nullptr, &count) == kInvalid);
  CHECK(intertwiner_class_count(opened.get(), nullptr) == kInvalid);
  CHECK(intertwiner_class_name(nullptr, 0, &name) == kInvalid);
  CHECK(intertwiner_class_name(opened.get(), 0, nullptr) == kInvalid);
  CHECK(intertwiner_class_name(opened.get(), 3, &name) == kInvalid);
  CHECK(intertwiner_detect(nullptr, &image, 1, &result) == kInvalid);
  CHECK(intertwiner_detect(opened.get(), nullptr, 1, &result) == kInvalid);
  CHECK(intertwiner_detect(opened.get(), &image, 1, nullptr) == kInvalid);
  CHECK(intertwiner_detect(opened.get(), &image, SIZE_MAX, &result) == kInvalid);
  CHECK(result == nullptr);
  REQUIRE(intertwiner_detect(opened.get(), &image, 1, &result) == INTERTWINER_OK);
  CHECK(intertwiner_detections(nullptr, 0, &first, &count) == kInvalid);
  CHECK(intertwiner_detections(result, 0, nullptr, &count) == kInvalid);
  CHECK(intertwiner_detections(result, 0, &first, nullptr) == kInvalid);
  CHECK(intertwiner_detections(result, 1, &first, &count) == kInvalid);
  CHECK(intertwiner_free_result(result) == INTERTWINER_OK);
  CHECK(intertwiner_free_result(nullptr) == INTERTWINER_OK);
  CHECK(intertwiner_close(nullptr) == INTERTWINER_OK);
  CHECK(intertwiner_train(nullptr) == kInvalid);
  CHECK(intertwiner_default_train_options(nullptr, sizeof(intertwiner_train_options)) == kInvalid);
}

TEST_CASE("an image whose fields do not fit gives its status, and names the image of the batch", "[c-interface]") {
  const Sample sample;
  const OpenModel opened(sample.file);
  const auto status = [&](const std::function<void(intertwiner_image&)>& change) {
    std::vector<intertwiner_image> images(3, tests::as_rgb(sample.image));
    change(images[1]);
    intertwiner_result* result = nullptr;
    const intertwiner_status s = intertwiner_detect(opened.get(), images.data(), images.size(), &result);
    CHECK(result == nullptr);
    CHECK_THAT(intertwiner_last_error(), Contains("image 1"));
    return s;
  };
  constexpr intertwiner_status kInvalid = INTERTWINER_INVALID_ARGUMENT;
  CHECK(status([](auto& i) { i.data = nullptr; }) == kInvalid);
  CHECK(status([](auto& i) { i.width = 0; }) == kInvalid);
  CHECK(status([](auto& i) { i.height = -20; }) == kInvalid);
  CHECK(status([](auto& i) { i.format = 6; }) == kInvalid);
  CHECK(status([](auto& i) { i.format = -1; }) == kInvalid);
  CHECK(status([](auto& i) { i.byte_count -= 1; }) == kInvalid);
  CHECK(status([](auto& i) { i.byte_count = 0; }) == kInvalid);
  CHECK(status([](auto& i) { i.row_stride = 89; }) == kInvalid);
  CHECK(status([](auto& i) { i.row_stride = -90; }) == kInvalid);
  CHECK(status([](auto& i) { i.row_stride = 91; }) == kInvalid);  // 19 bytes too few
  CHECK(status([](auto& i) { i.format = INTERTWINER_RGBA; }) == kInvalid);
  CHECK(status([](auto& i) { i.width = i.height = 20000; }) == kInvalid);
  CHECK(status([](auto& i) { i.width = i.height = i.row_stride = INT32_MAX; }) == kInvalid);
  CHECK(status([](auto& i) { i.format = INTERTWINER_ENCODED; }) == INTERTWINER_DAMAGED);
  CHECK(status([](auto& i) { i = {"", 0, INTERTWINER_ENCODED, 0, 0, 0}; }) == INTERTWINER_DAMAGED);
  write_image(sample.folder / "image.png", sample.image);
  const std::string png = read_file(sample.folder / "image.png");
  CHECK(status([&](auto& i) { i = {png.data(), png.size() / 2, INTERTWINER_ENCODED, 0, 0, 0}; }) ==
        INTERTWINER_DAMAGED);
}

TEST_CASE("without a GPU, device CUDA is unsupported, in one line", "[c-interface]") {
  const Sample sample;
  intertwiner_options options = default_options();
  options.device = INTERTWINER_CUDA;
  intertwiner_model* model = nullptr;
  const intertwiner_status status = intertwiner_open_file(sample.file.c_str(), &options, &model);
  if (status == INTERTWINER_OK) {  // there is a GPU
    CHECK(intertwiner_close(model) == INTERTWINER_OK);
    return;
  }
  check_open(sample.file, &options, INTERTWINER_UNSUPPORTED, "cuda: ");
}

TEST_CASE("each thread has the words of its own last failure", "[c-interface]") {
  const Sample sample;
  check_open(sample.folder / "mine", nullptr, INTERTWINER_FILE_ERROR, "mine");
  std::string before = "?", after;
  std::thread([&] {
    before = intertwiner_last_error();
    intertwiner_model* model = nullptr;
    intertwiner_open_file((sample.folder / "theirs").c_str(), nullptr, &model);
    after = intertwiner_last_error();
  }).join();
  CHECK(before.empty());
  CHECK_THAT(after, Contains("theirs"));
  CHECK_THAT(intertwiner_last_error(), Contains("mine"));
  check_open(sample.folder / ("line\nbreak" + std::string(3000, 'x')), nullptr, INTERTWINER_FILE_ERROR, "line\\nbreak");
}

TEST_CASE("every status has its own words", "[c-interface]") {
  std::set<std::string> words;
  for (int status = INTERTWINER_OK; status <= INTERTWINER_INTERNAL_ERROR; ++status)
    words.insert(intertwiner_status_text(static_cast<intertwiner_status>(status)));
  CHECK(words.size() == INTERTWINER_INTERNAL_ERROR + 1);
  CHECK(words.count("unknown status") == 0);
}

}  // namespace intertwiner
