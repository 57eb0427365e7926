// Draws rectangles and text on the pixels of an image. Pixels outside the image are skipped.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "data/images/image.h"

namespace intertwiner {

using Rgb = std::array<uint8_t, 3>;  ///< red, green, blue

/// A rectangle of whole pixels. Column x2 and row y2 are outside.
struct Rectangle {
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;

  Rectangle grown(int by) const { return {x1 - by, y1 - by, x2 + by, y2 + by}; }
};

struct Paint {
  Rgb colour;
  int opacity_percent = 100;
};

/// Text in the font of apps/figures/font.h. Characters that the font lacks are drawn as "?".
struct PixelText {
  int x = 0, y = 0;  ///< px, upper left corner
  int dot = 1;       ///< px, side of one dot of a letter
  std::string text;
  Rgb colour = {};
};

void fill(Image& image, const Rectangle& rectangle, const Paint& paint);

/// Fills the space between two rectangles.
void fill_between(Image& image, const Rectangle& outer, const Rectangle& inner, const Paint& paint);

void draw_text(Image& image, const PixelText& text);

}  // namespace intertwiner
