#include "apps/detection/crops.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/detection/file_names.h"
#include "data/images/image_io.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace {

/// The first and the last pixel + 1 of an interval, at least one pixel of `side`.
std::pair<int, int> pixels_of(float begin, float end, int side) {
  const auto inside = [side](float value) {
    return static_cast<int>(std::clamp(value, 0.0f, static_cast<float>(side)));
  };
  const int first = std::min(inside(std::floor(begin)), side - 1);
  return {first, std::max(inside(std::ceil(end)), first + 1)};
}

}  // namespace

Image cropped(const Image& image, const Box& box) {
  const auto [left, right] = pixels_of(box.x1, box.x2, image.width);
  const auto [top, bottom] = pixels_of(box.y1, box.y2, image.height);
  Image crop{right - left, bottom - top, {}};
  crop.rgb.reserve(size_t{3} * static_cast<size_t>(crop.width) * static_cast<size_t>(crop.height));
  for (int y = top; y < bottom; ++y) {
    const auto row = image.rgb.begin() + std::ptrdiff_t{3} * y * image.width;
    crop.rgb.insert(crop.rgb.end(), row + std::ptrdiff_t{3} * left, row + std::ptrdiff_t{3} * right);
  }
  return crop;
}

CropWriter::CropWriter(std::filesystem::path folder, const std::vector<std::string>& class_names)
    : folder_(std::move(folder)), class_folders_(safe_file_names(class_names)) {}

void CropWriter::write(const Image& image, const std::vector<Detection>& detections, double min_score,
                       const std::string& stem, const std::string& ending) const {
  for (size_t i = 0; i < detections.size(); ++i) {
    if (detections[i].score < min_score) continue;
    const std::filesystem::path folder = folder_ / class_folders_.at(static_cast<size_t>(detections[i].label - 1));
    make_folder(folder);
    write_image(folder / (stem + "-" + std::to_string(i + 1) + ending), cropped(image, detections[i].box));
  }
}

}  // namespace intertwiner
