#include "tests/detector/c_interface/sample_model.h"

#include <cstring>
#include <stdexcept>

#include "detector/training/trainer.h"
#include "engine/philox.h"
#include "tests/detector/tiny_run.h"

namespace intertwiner::tests {

void write_sample_model(const std::filesystem::path& file) {
  Trainer(tiny_settings(), kTinyClasses, {1, 2, 3}).save(file, true);
}

Image noise_image(int width, int height, uint64_t seed) {
  Image image{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  const Philox random(seed, Purpose::tests);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(256 * random.uniform(i));
  return image;
}

intertwiner_image as_rgb(const Image& image) {
  return {image.rgb.data(), image.rgb.size(), INTERTWINER_RGB, image.width, image.height, 0};
}

OpenModel::OpenModel(const std::filesystem::path& file, int threads, double score) {
  intertwiner_options options;
  intertwiner_default_options(&options, sizeof options);
  options.threads = threads;
  options.score = score;
  if (intertwiner_open_file(file.c_str(), &options, &model_) != INTERTWINER_OK)
    throw std::runtime_error(intertwiner_last_error());
}

std::vector<Detections> OpenModel::detect(const std::vector<intertwiner_image>& images) const {
  intertwiner_result* result = nullptr;
  if (intertwiner_detect(model_, images.data(), images.size(), &result) != INTERTWINER_OK)
    throw std::runtime_error(intertwiner_last_error());
  std::vector<Detections> all;
  for (size_t i = 0; i < images.size(); ++i) {
    const intertwiner_detection* first = nullptr;
    size_t count = 0;
    intertwiner_detections(result, i, &first, &count);
    all.emplace_back(first, first + count);
  }
  intertwiner_free_result(result);
  return all;
}

bool same(const Detections& a, const Detections& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
}

}  // namespace intertwiner::tests
