// Times training steps and detections of a preset on random images, and prints them with the peak of memory.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "detector/detect.h"
#include "detector/internet.h"
#include "detector/settings_table.h"
#include "detector/trainer.h"
#include "engine/parallel.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

/// A square image of noise with a grid of objects, as a data set has them.
Batch random_batch(int64_t images, int64_t side, int64_t objects, int64_t classes) {
  const Philox random(1, Purpose::tests);
  std::vector<ImageRecord> records(static_cast<size_t>(images));
  std::vector<BatchItem> items;
  for (int64_t n = 0; n < images; ++n) {
    auto image = std::make_shared<Image>();
    image->width = image->height = static_cast<int>(side);
    for (int64_t i = 0; i < side * side * 3; ++i)
      image->rgb.push_back(static_cast<uint8_t>(random.word(static_cast<uint64_t>(i), static_cast<uint32_t>(n))));
    ImageRecord& record = records[static_cast<size_t>(n)];
    record.width = record.height = image->width;
    for (int64_t g = 0; g < objects; ++g) {
      const auto u = [&](uint32_t part) { return random.uniform(static_cast<uint64_t>(n * objects + g), 1000, part); };
      const float span = static_cast<float>(side), size = span * (0.05f + 0.4f * u(0)), x = u(1) * (span - size),
                  y = u(2) * (span - size);
      record.annotations.push_back({{x, y, x + size, y + size}, static_cast<int>(1 + g % classes), false, size * size});
    }
    items.push_back({image, &record, n, false});
  }
  return make_batch(items, {.image_size = side});
}

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void run(int argc, char** argv) {
  std::string preset_name = "faster-rcnn-r50";
  int64_t side = 512, batch_size = 2, repeats = 3, threads = thread_count(), classes = 80;
  CLI::App app{"Times training steps and detections of a preset on random images."};
  app.add_option("--preset", preset_name, "network and settings")->capture_default_str();
  app.add_option("--image-size", side, "side of the square images, px")->capture_default_str();
  app.add_option("--batch", batch_size, "images a training step")->capture_default_str();
  app.add_option("--repeats", repeats, "timed repetitions; the median is printed")->capture_default_str();
  app.add_option("--threads", threads, "threads")->capture_default_str();
  app.parse(argc, argv);
  set_thread_count(static_cast<int>(threads));

  Settings settings = preset(preset_name);
  settings.input.image_size = side;
  std::vector<std::string> names;
  std::vector<int64_t> ids;
  for (int64_t c = 1; c <= classes; ++c) {
    names.push_back(std::to_string(c));
    ids.push_back(c);
  }
  Trainer trainer(settings, names, ids);
  const Batch batch = random_batch(batch_size, side, 8, classes), one = random_batch(1, side, 8, classes);
  std::printf("%s, %ld×%ld px, %ld threads\n", preset_name.c_str(), static_cast<long>(side), static_cast<long>(side),
              static_cast<long>(threads));
  std::vector<double> steps, detections;
  trainer.step(batch);  // warms caches and the allocator
  for (int64_t i = 0; i < repeats; ++i) steps.push_back(seconds([&] { trainer.step(batch); }));
  std::printf("training step, batch %ld   %8.3f s   %6.2f images/s   peak %.0f MB\n", static_cast<long>(batch_size),
              median(steps), static_cast<double>(batch_size) / median(steps), peak_megabytes());
  trainer.model().detect(one, settings);
  for (int64_t i = 0; i < repeats; ++i) detections.push_back(seconds([&] { trainer.model().detect(one, settings); }));
  std::printf("detection, one image      %8.3f s   %6.2f images/s\n", median(detections), 1 / median(detections));
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  try {
    intertwiner::run(argc, argv);
  } catch (const CLI::Success&) {
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_step: %s\n", error.what());
    return 2;
  }
}
