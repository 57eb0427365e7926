#include "data/images/shrunk.h"

#include <algorithm>
#include <vector>

#include "data/images/transform.h"

namespace intertwiner {

Image shrunk(const Image& image, int max_side) {
  if (std::max(image.width, image.height) <= max_side) return image;
  const ImageGeometry geometry = fit_image(image.width, image.height, {.image_size = max_side});
  std::vector<float> values(static_cast<size_t>(geometry.width) * static_cast<size_t>(geometry.height) * 3);
  resize_normalised(image, geometry, {.antialias = true}, {values.data(), 3 * int64_t{geometry.width}});
  Image small{geometry.width, geometry.height, std::vector<uint8_t>(values.size())};
  write_colours(values, small.rgb.data());
  return small;
}

}  // namespace intertwiner
