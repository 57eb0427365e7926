#include "detector/c_interface/images.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "detector/c_interface/call.h"

namespace intertwiner::c_interface {
namespace {

/// Where a format has its channels in a pixel's bytes. alpha −1: none.
struct Channels {
  int count, red, green, blue, alpha;
};

/// count 0: no such format.
Channels channels_of(int32_t format) {
  switch (format) {
    case INTERTWINER_RGB:
      return {3, 0, 1, 2, -1};
    case INTERTWINER_BGR:
      return {3, 2, 1, 0, -1};
    case INTERTWINER_RGBA:
      return {4, 0, 1, 2, 3};
    case INTERTWINER_BGRA:
      return {4, 2, 1, 0, 3};
    case INTERTWINER_GREY:
      return {1, 0, 0, 0, -1};
    default:
      return {0, 0, 0, 0, -1};
  }
}

int64_t row_bytes(const intertwiner_image& image) { return int64_t{image.width} * channels_of(image.format).count; }

int64_t row_stride(const intertwiner_image& image) {
  return image.row_stride == 0 ? row_bytes(image) : image.row_stride;
}

}  // namespace

void check_image(const intertwiner_image& image, const std::string& name, const ImageLimits& limits) {
  const auto require_image = [&](bool good, const char* what) {
    if (!good) throw InvalidArgument(name + what);
  };
  require_image(image.data != nullptr, ": its data is a null pointer");
  if (image.format == INTERTWINER_ENCODED) return;
  require_image(channels_of(image.format).count > 0, ": its format is none of intertwiner_format");
  require_image(image.width > 0 && image.height > 0, ": width and height must be positive");
  require_image(int64_t{image.width} * image.height <= std::min(limits.max_pixels, ImageLimits::kMostPixels),
                " has more pixels than the limit; make it smaller or raise max_pixels");
  require_image(row_stride(image) >= row_bytes(image), ": its row_stride is less than the bytes of a row");
  // 2³¹ rows of 2³¹ bytes fit into 64 bits.
  const int64_t needed = (int64_t{image.height} - 1) * row_stride(image) + row_bytes(image);
  require_image(image.byte_count >= static_cast<uint64_t>(needed),
                ": byte_count is too small for its width, height, row_stride and format");
}

Image read_image(const intertwiner_image& image, const std::string& name, const ImageLimits& limits) {
  if (image.format == INTERTWINER_ENCODED)
    return decode_image({static_cast<const char*>(image.data), image.byte_count}, name, Orientation::upright, limits);
  const Channels channels = channels_of(image.format);
  Image result{image.width, image.height, std::vector<uint8_t>(size_t{3} * image.width * image.height)};
  uint8_t* out = result.rgb.data();
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* pixel = static_cast<const uint8_t*>(image.data) + y * row_stride(image);
    for (int32_t x = 0; x < image.width; ++x, pixel += channels.count)
      for (const int channel : {channels.red, channels.green, channels.blue})
        *out++ = channels.alpha < 0 ? pixel[channel] : on_white(pixel[channel], pixel[channels.alpha]);
  }
  return result;
}

}  // namespace intertwiner::c_interface
