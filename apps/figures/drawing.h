// Frames, circles and words on white, as an SVG file or as pixels: one description, and both look alike.
//
// Lengths are pixels, from the upper left corner. Letters are of one width, that of apps/figures/font.h in pixels, and
// a font as wide in SVG, so that what fits in one fits in the other.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "apps/figures/font.h"
#include "data/images/image.h"

namespace intertwiner {

using Colour = std::array<uint8_t, 3>;  ///< red, green, blue

struct DrawnFrame {
  int x, y, width, height;
  Colour colour;
};

struct DrawnCircle {
  double x, y, radius;
  Colour colour;
  bool see_through = false;  ///< pale inside, with a dashed edge; else filled
};

struct DrawnText {
  static constexpr int kDot = 2;             ///< side of one of a letter's dots
  static constexpr int kAdvance = 6 * kDot;  ///< from one letter to the next
  static constexpr int kHeight = kGlyphHeight * kDot;

  int x, baseline;  ///< where the first letter begins
  std::string text;
  Colour colour;
};

/// Frames lie below circles, circles below words, and the later of two circles on top.
struct Drawing {
  int width, height;
  std::vector<DrawnFrame> frames = {};
  std::vector<DrawnCircle> circles = {};
  std::vector<DrawnText> texts = {};
};

std::string to_svg(const Drawing& drawing);

/// What lies outside is cut off. Characters that the font lacks are "?".
Image to_image(const Drawing& drawing);

}  // namespace intertwiner
