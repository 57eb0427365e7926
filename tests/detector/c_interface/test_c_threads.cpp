#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "tests/detector/c_interface/sample_model.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::Detections;
using tests::OpenModel;
using tests::same;

// Images of each thread. INTERTWINER_C_THREADS_IMAGES sets another number.
int images_of_a_thread() {
  const char* number = std::getenv("INTERTWINER_C_THREADS_IMAGES");
  return number ? std::atoi(number) : 12;
}

// Runs `f(i)` on `count` threads at once, and rethrows the first exception.
template <class F>
void on_threads(int count, const F& f) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::exception_ptr error;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        f(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

// A model on the device. It is leaked if a check fails.
intertwiner_model* opened_on(intertwiner_device device, const std::filesystem::path& file) {
  intertwiner_options options;
  intertwiner_default_options(&options, sizeof options);
  options.device = device;
  options.threads = 1;
  intertwiner_model* model = nullptr;
  if (intertwiner_open_file(file.c_str(), &options, &model) != INTERTWINER_OK)
    throw std::runtime_error(intertwiner_last_error());
  return model;
}

}  // namespace

TEST_CASE("8 threads detect with two models at once, and each image has the boxes that it has alone", "[c-interface]") {
  const tests::TemporaryFolder folder;
  tests::write_sample_model(folder / "model.safetensors");
  std::vector<Image> images;
  for (int i = 0; i < 5; ++i) images.push_back(tests::noise_image(60 + 7 * i, 50 + 9 * i, static_cast<uint64_t>(i)));
  const OpenModel first(folder / "model.safetensors", 2), second(folder / "model.safetensors", 1, 0.3);
  std::vector<Detections> expected[2];
  {
    // Other models: those of the test prepare their filters in the threads.
    const OpenModel alone(folder / "model.safetensors", 1), alone_too(folder / "model.safetensors", 1, 0.3);
    for (const Image& image : images) {
      expected[0].push_back(alone.detect(tests::as_rgb(image)));
      expected[1].push_back(alone_too.detect(tests::as_rgb(image)));
    }
  }
  REQUIRE_FALSE(same(expected[0][0], expected[1][0]));
  const int count = images_of_a_thread();
  std::atomic<int> wrong = 0, detected = 0;
  on_threads(8, [&](int thread) {
    const int which = thread % 2;
    const OpenModel& model = which == 0 ? first : second;
    for (int i = 0; i < count; ++i) {
      const auto image = static_cast<size_t>(thread + i) % images.size();
      if (!same(model.detect(tests::as_rgb(images[image])), expected[which][image])) ++wrong;
      ++detected;
    }
  });
  CHECK(detected == 8 * count);
  CHECK(wrong == 0);
}

TEST_CASE("models are opened, resized, trained and closed while another model detects", "[c-interface]") {
  const tests::TemporaryFolder folder;
  tests::write_sample_model(folder / "model.safetensors");
  const Image image = tests::noise_image(80, 60, 1);
  const std::vector<intertwiner_image> batch(3, tests::as_rgb(image));
  const OpenModel shared(folder / "model.safetensors", 2);
  const Detections expected = shared.detect(batch[0]);
  std::atomic<int> wrong = 0;
  on_threads(4, [&](int thread) {
    if (thread == 3) {
      const char* const data[] = {"scenes:8"};
      const std::vector<intertwiner_setting> settings = {
          {"image-size", "64"}, {"batch", "2"}, {"steps", "2"}, {"channels", "8"}, {"head-features", "16"}};
      const std::string run = (folder / "run").string();
      intertwiner_train_options options;
      intertwiner_default_train_options(&options, sizeof options);
      options.folder = run.c_str();
      options.data = data;
      options.data_count = 1;
      options.settings = settings.data();
      options.setting_count = settings.size();
      options.threads = 2;
      if (intertwiner_train(&options) != INTERTWINER_OK) throw std::runtime_error(intertwiner_last_error());
      return;
    }
    for (int i = 0; i < 6; ++i) {
      if (thread == 0) intertwiner_set_threads(shared.get(), 1 + i % 3);
      const OpenModel own(folder / "model.safetensors", 1 + i % 2);
      for (const OpenModel* model : {&shared, &own})
        for (const Detections& found : model->detect(batch))
          if (!same(found, expected)) ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("threads that detect on an emulated GPU wait for each other, and find what they find on the CPU",
          "[c-interface]") {
  const tests::TemporaryFolder folder;
  const std::filesystem::path file = folder / "model.safetensors";
  tests::write_sample_model(file);
  const Image image = tests::noise_image(60, 50, 1);
  const Detections expected = OpenModel(file).detect(tests::as_rgb(image));
  const tests::EmulatedDevice device;
  intertwiner_model* model = opened_on(INTERTWINER_CUDA, file);
  std::atomic<int> wrong = 0;
  on_threads(3, [&](int) {
    for (int i = 0; i < 3; ++i) {
      const intertwiner_image pixels = tests::as_rgb(image);
      intertwiner_result* result = nullptr;
      const intertwiner_detection* first = nullptr;
      size_t count = 0;
      if (intertwiner_detect(model, &pixels, 1, &result) != INTERTWINER_OK) ++wrong;
      intertwiner_detections(result, 0, &first, &count);
      if (!same({first, first + count}, expected)) ++wrong;
      intertwiner_free_result(result);
    }
  });
  CHECK(wrong == 0);
  CHECK(intertwiner_close(model) == INTERTWINER_OK);
  CHECK(device.copies_to_host() > 0);
}

}  // namespace intertwiner
