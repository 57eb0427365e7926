#include "tests/data/augment/painted_images.h"

#include <algorithm>

namespace intertwiner::tests {

PaintedImage::PaintedImage(int width, int height, const Box& box, bool is_painted, int label) {
  Image pixels{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto px = static_cast<float>(x), py = static_cast<float>(y);
      const bool inside = is_painted && box.x1 <= px && px < box.x2 && box.y1 <= py && py < box.y2;
      const uint8_t magenta = inside ? 255 : 0;
      pixels.rgb.insert(pixels.rgb.end(), {magenta, static_cast<uint8_t>(255 - magenta), magenta});
    }
  image = std::make_shared<const Image>(pixels);
  record = {.name = "painted", .id = 1, .width = width, .height = height, .annotations = {{box, label, false, 0}}};
}

std::vector<double> rendered(const AugmentedImage& image, int side, bool antialias) {
  std::vector<float> floats(static_cast<size_t>(side) * side * 3, 0.0f);
  write_augmented(image, antialias, {floats.data(), 3 * side});
  std::vector<double> pixels;
  for (size_t i = 0; i < floats.size(); ++i) pixels.push_back(floats[i] * kColourDeviation[i % 3] + kColourMean[i % 3]);
  return pixels;
}

std::optional<Box> bounds_of_magenta(const std::vector<double>& pixels, int side) {
  std::optional<Box> bounds;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double* pixel = &pixels[static_cast<size_t>(y * side + x) * 3];
      if ((pixel[0] + pixel[2]) / 2 < 0.5) continue;  // grey, where nothing is, has 0.45
      const auto px = static_cast<float>(x), py = static_cast<float>(y);
      if (!bounds) bounds = {px, py, px + 1, py + 1};
      bounds = Box{std::min(bounds->x1, px), std::min(bounds->y1, py), std::max(bounds->x2, px + 1),
                   std::max(bounds->y2, py + 1)};
    }
  return bounds;
}

}  // namespace intertwiner::tests
