#include "data/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/font.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

using Rgb = std::array<uint8_t, 3>;

constexpr Rgb kBlack = {0, 0, 0}, kWhite = {255, 255, 255};

// Neighbours differ in hue and in brightness.
constexpr Rgb kPalette[] = {
    {255, 214, 10},  {0, 92, 230}, {255, 69, 58},   {50, 215, 75}, {191, 90, 242},  {255, 149, 0},
    {100, 210, 255}, {164, 0, 70}, {190, 255, 120}, {0, 110, 90},  {255, 140, 200}, {130, 80, 30},
};

Rgb colour_of(int index) {
  constexpr int kCount = static_cast<int>(std::size(kPalette));
  return kPalette[(index % kCount + kCount) % kCount];
}

/// A rectangle of whole pixels, right and lower edge outside of it.
struct Area {
  int x1, y1, x2, y2;

  Area grown(int by) const { return {x1 - by, y1 - by, x2 + by, y2 + by}; }
};

void fill(Image& image, const Area& area, const Rgb& colour, int opacity_percent = 100) {
  for (int y = std::max(0, area.y1); y < std::min(image.height, area.y2); ++y) {
    for (int x = std::max(0, area.x1); x < std::min(image.width, area.x2); ++x) {
      uint8_t* pixel = &image.rgb[(static_cast<size_t>(y) * image.width + x) * 3];
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>((colour[c] * opacity_percent + pixel[c] * (100 - opacity_percent)) / 100);
      }
    }
  }
}

/// A frame between two rectangles.
void fill_between(Image& image, const Area& outer, const Area& inner, const Rgb& colour, int opacity_percent = 100) {
  fill(image, {outer.x1, outer.y1, outer.x2, inner.y1}, colour, opacity_percent);
  fill(image, {outer.x1, inner.y2, outer.x2, outer.y2}, colour, opacity_percent);
  fill(image, {outer.x1, inner.y1, inner.x1, inner.y2}, colour, opacity_percent);
  fill(image, {inner.x2, inner.y1, outer.x2, inner.y2}, colour, opacity_percent);
}

/// The box in whole pixels, inside of the image and with at least one pixel in it.
Area to_pixels(const Box& box, const Image& image) {
  const auto round_into = [](float value, int limit) {
    // In this order, what is not a number becomes 0.
    return static_cast<int>(std::min(static_cast<float>(limit), std::max(0.0f, std::round(value))));
  };
  Area area{round_into(box.x1, image.width - 1), round_into(box.y1, image.height - 1), round_into(box.x2, image.width),
            round_into(box.y2, image.height)};
  area.x2 = std::max(area.x2, area.x1 + 1);
  area.y2 = std::max(area.y2, area.y1 + 1);
  return area;
}

void draw_frame(Image& image, const Area& area, const Rgb& colour, int thickness) {
  const int half = thickness / 2;
  const Area outer = area.grown(half), inner = area.grown(half - thickness);
  fill_between(image, outer.grown(1), outer, kBlack, 50);  // keeps the line apart from a background of its colour
  if (inner.x1 >= inner.x2 || inner.y1 >= inner.y2) return fill(image, outer, colour);
  fill_between(image, outer, inner, colour);
}

void draw_label(Image& image, const Area& area, const std::string& utf8, const Rgb& colour, int scale) {
  if (utf8.empty()) return;
  const std::string text = to_printable(utf8);
  const int padding = scale, length = static_cast<int>(text.size());
  const int width = (length * kAdvance - 1) * scale + 2 * padding, height = kGlyphHeight * scale + 2 * padding;
  const int above = area.y1 - height;
  const int x = std::max(0, std::min(area.x1, image.width - width));
  const int y = std::max(0, std::min(above >= 0 ? above : area.y1, image.height - height));
  fill(image, {x, y, x + width, y + height}, colour);
  const int brightness = 299 * colour[0] + 587 * colour[1] + 114 * colour[2];
  const Rgb ink = brightness > 128000 ? kBlack : kWhite;
  for (int i = 0; i < length; ++i) {
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if (!glyph_dot(text[static_cast<size_t>(i)], column, row)) continue;
        const int left = x + padding + (i * kAdvance + column) * scale, top = y + padding + row * scale;
        fill(image, {left, top, left + scale, top + scale}, ink);
      }
    }
  }
}

}  // namespace

void draw_detections(Image& image, std::span<const DrawnBox> boxes) {
  const int long_side = std::max(image.width, image.height);
  const int scale = std::clamp((long_side + 250) / 500, 1, 8), thickness = std::max(1, (long_side + 150) / 300);
  for (size_t i = boxes.size(); i-- > 0;) {
    draw_frame(image, to_pixels(boxes[i].box, image), colour_of(boxes[i].colour_index), thickness);
  }
  for (size_t i = boxes.size(); i-- > 0;) {  // after all frames, so that none crosses a label
    draw_label(image, to_pixels(boxes[i].box, image), boxes[i].text, colour_of(boxes[i].colour_index), scale);
  }
}

Image contact_sheet(std::span<const Image> images, int columns) {
  if (images.empty() || columns < 1) throw InternalError("contact_sheet: no pictures, or no columns to put them in");
  constexpr int kGap = 4;
  int width = 0, height = 0;
  for (const Image& image : images) {
    width = std::max(width, image.width);
    height = std::max(height, image.height);
  }
  const int count = static_cast<int>(images.size());
  columns = std::min(columns, count);
  const int rows = (count + columns - 1) / columns;
  Image sheet{columns * (width + kGap) + kGap, rows * (height + kGap) + kGap, {}};
  sheet.rgb.assign(static_cast<size_t>(sheet.width) * sheet.height * 3, 32);
  for (int i = 0; i < count; ++i) {
    const Image& image = images[static_cast<size_t>(i)];
    const int x = kGap + i % columns * (width + kGap), y = kGap + i / columns * (height + kGap);
    for (int row = 0; row < image.height; ++row) {
      const uint8_t* from = &image.rgb[static_cast<size_t>(row) * image.width * 3];
      std::copy(from, from + image.width * 3, &sheet.rgb[(static_cast<size_t>(y + row) * sheet.width + x) * 3]);
    }
  }
  return sheet;
}

}  // namespace intertwiner
