// A model and images for tests of the C interface.
#pragma once
#include <filesystem>
#include <vector>

#include "data/images/image.h"
#include "detector/c_interface/intertwiner.h"

namespace intertwiner::tests {

/// Writes a tiny detector with random weights, which finds many objects of three classes in every image.
void write_sample_model(const std::filesystem::path& file);

/// An image of noise.
Image noise_image(int width, int height, uint64_t seed);

/// The image for the C interface. Its pixels must outlive the result.
intertwiner_image as_rgb(const Image& image);

using Detections = std::vector<intertwiner_detection>;

/// A model of the C interface, closed at the end of the scope. Opening it must succeed.
class OpenModel {
 public:
  explicit OpenModel(const std::filesystem::path& file, int threads = 1, double score = -1);
  ~OpenModel() { intertwiner_close(model_); }
  OpenModel(const OpenModel&) = delete;
  OpenModel& operator=(const OpenModel&) = delete;

  intertwiner_model* get() const { return model_; }
  /// The detections of each image. Throws std::runtime_error with the library's words if the call fails. Thread-safe.
  std::vector<Detections> detect(const std::vector<intertwiner_image>& images) const;
  Detections detect(const intertwiner_image& image) const { return detect(std::vector{image}).front(); }

 private:
  intertwiner_model* model_ = nullptr;
};

/// True if both have the same bits.
bool same(const Detections& a, const Detections& b);

}  // namespace intertwiner::tests
