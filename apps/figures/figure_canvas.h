// A figure made of frames, circles and text on white. It is described once and written as SVG or as pixels; both look
// alike.
//
// Lengths are px from the upper left corner. All letters have the same width: that of apps/figures/font.h in pixels,
// and a font of the same width in SVG. So text that fits in one also fits in the other.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/font.h"
#include "apps/figures/pixels.h"
#include "data/images/image.h"

namespace intertwiner {

struct DrawnFrame {
  int x, y, width, height;
  Rgb colour;
};

struct DrawnCircle {
  double x, y, radius;
  Rgb colour;
  bool see_through = false;  ///< pale with a dashed edge; otherwise solid
};

struct DrawnText {
  static constexpr int kDot = 2;                        ///< side of one dot of a letter
  static constexpr int kLetterWidth = kAdvance * kDot;  ///< from one letter to the next
  static constexpr int kHeight = kGlyphHeight * kDot;

  int x, baseline;  ///< left end of the first letter
  std::string text;
  Rgb colour;
};

/// Circles are drawn over frames, texts over circles, and later circles over earlier ones.
struct FigureCanvas {
  int width, height;
  std::vector<DrawnFrame> frames = {};
  std::vector<DrawnCircle> circles = {};
  std::vector<DrawnText> texts = {};
};

std::string to_svg(const FigureCanvas& canvas);

/// Shapes outside the canvas are clipped. Characters that the font lacks become "?".
Image to_image(const FigureCanvas& canvas);

}  // namespace intertwiner
