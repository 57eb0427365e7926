#include "data/images/exif.h"

#include <cstddef>
#include <utility>

namespace intertwiner {
namespace {

/// Reads numbers of a TIFF structure in its byte order. Gives 0 beyond the end, so a broken file cannot make it read
/// outside.
struct TiffReader {
  std::string_view bytes;
  bool big_endian = false;

  uint32_t number(size_t offset, size_t length) const {
    if (offset > bytes.size() || bytes.size() - offset < length) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < length; ++i) {
      const size_t position = big_endian ? i : length - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes[offset + position]);
    }
    return value;
  }
};

}  // namespace

int exif_orientation(std::string_view app1) {
  constexpr std::string_view kHeader("Exif\0\0", 6);
  return app1.starts_with(kHeader) ? tiff_orientation(app1.substr(kHeader.size())) : 1;
}

int tiff_orientation(std::string_view tiff) {
  constexpr uint32_t kOrientation = 0x0112, kShort = 3;
  if (!tiff.starts_with("II") && !tiff.starts_with("MM")) return 1;
  const TiffReader reader{tiff, tiff.starts_with("MM")};
  if (reader.number(2, 2) != 42) return 1;

  const size_t directory = reader.number(4, 4), count = reader.number(directory, 2);
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    if (reader.number(entry, 2) != kOrientation) continue;
    if (reader.number(entry + 2, 2) != kShort || reader.number(entry + 4, 4) != 1) return 1;
    const uint32_t orientation = reader.number(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

Image turn_upright(Image stored, int orientation) {
  require_pixels(stored);
  if (orientation <= 1 || orientation > 8) return stored;
  const int64_t w = stored.width, h = stored.height;
  // Pixel (x, y) of the upright image is the stored pixel number start + x·step_x + y·step_y, counted row by row.
  int64_t start = 0, step_x = 1, step_y = w;
  switch (orientation) {
    case 2:
      start = w - 1, step_x = -1;
      break;
    case 3:
      start = w * h - 1, step_x = -1, step_y = -w;
      break;
    case 4:
      start = w * (h - 1), step_y = -w;
      break;
    case 5:
      step_x = w, step_y = 1;
      break;
    case 6:
      start = w * (h - 1), step_x = -w, step_y = 1;
      break;
    case 7:
      start = w * h - 1, step_x = -w, step_y = -1;
      break;
    case 8:
      start = w - 1, step_x = w, step_y = -1;
      break;
  }
  Image upright{stored.width, stored.height, std::vector<uint8_t>(stored.rgb.size())};
  if (swaps_sides(orientation)) std::swap(upright.width, upright.height);
  uint8_t* target = upright.rgb.data();
  for (int y = 0; y < upright.height; ++y) {
    for (int x = 0; x < upright.width; ++x, target += 3) {
      const uint8_t* pixel = &stored.rgb[static_cast<size_t>(3 * (start + x * step_x + y * step_y))];
      for (int c = 0; c < 3; ++c) target[c] = pixel[c];
    }
  }
  return upright;
}

}  // namespace intertwiner
