// A decoded image: height×width×3 bytes, RGB, row by row from the top.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

struct Image {
  int width = 0, height = 0;  ///< px
  std::vector<uint8_t> rgb;   ///< height×width×3
};

/// A channel of a pixel with this opacity (0..255), shown on white.
inline uint8_t on_white(int channel, int alpha) {
  return static_cast<uint8_t>((channel * alpha + 255 * (255 - alpha) + 127) / 255);
}

/// Throws UserError unless width and height are positive and `rgb` has height×width×3 bytes. The functions that read
/// pixels call it.
void require_pixels(const Image& image);

}  // namespace intertwiner
