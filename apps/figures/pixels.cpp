#include "apps/figures/pixels.h"

#include <algorithm>

#include "apps/figures/font.h"

namespace intertwiner {

void fill(Image& image, const Rectangle& rectangle, const Paint& paint) {
  const int opacity = paint.opacity_percent;
  for (int y = std::max(0, rectangle.y1); y < std::min(image.height, rectangle.y2); ++y) {
    for (int x = std::max(0, rectangle.x1); x < std::min(image.width, rectangle.x2); ++x) {
      uint8_t* pixel = &image.rgb[(static_cast<size_t>(y) * image.width + x) * 3];
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>((paint.colour[c] * opacity + pixel[c] * (100 - opacity)) / 100);
      }
    }
  }
}

void fill_between(Image& image, const Rectangle& outer, const Rectangle& inner, const Paint& paint) {
  fill(image, {outer.x1, outer.y1, outer.x2, inner.y1}, paint);
  fill(image, {outer.x1, inner.y2, outer.x2, outer.y2}, paint);
  fill(image, {outer.x1, inner.y1, inner.x1, inner.y2}, paint);
  fill(image, {inner.x2, inner.y1, outer.x2, inner.y2}, paint);
}

void draw_text(Image& image, const PixelText& text) {
  const std::string printable = to_printable(text.text);
  for (size_t i = 0; i < printable.size(); ++i) {
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if (!glyph_dot(printable[i], column, row)) continue;
        const int x = text.x + (static_cast<int>(i) * kAdvance + column) * text.dot, y = text.y + row * text.dot;
        fill(image, {x, y, x + text.dot, y + text.dot}, {text.colour});
      }
    }
  }
}

}  // namespace intertwiner
