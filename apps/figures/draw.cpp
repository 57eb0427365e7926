#include "apps/figures/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "apps/figures/font.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

using Rgb = std::array<uint8_t, 3>;

constexpr int kLeastSide = 640;  // px, long side of a picture that is drawn on

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
  /// How much of the other lies in this one, 0 to 1; 0 of nothing.
  double share_of(const Area& other) const {
    const int width = std::min(x2, other.x2) - std::max(x1, other.x1);
    const int height = std::min(y2, other.y2) - std::max(y1, other.y1);
    if (width <= 0 || height <= 0) return 0;
    return static_cast<double>(width) / (other.x2 - other.x1) * height / (other.y2 - other.y1);
  }
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

/// The picture, each pixel `factor` pixels wide and high, blended into its neighbours.
Image enlarged(const Image& image, int factor) {
  if (factor == 1) return image;
  // Pixel i of the large picture lies at (i + 1/2) / factor − 1/2 of the small one, counted here in parts of a pixel,
  // 2 · factor of them, so that everything is whole.
  struct Place {
    size_t before, after;
    int weight_after;
  };
  const int parts = 2 * factor;
  const auto place_of = [&](int i, int side) {
    const int at = std::clamp(2 * i + 1 - factor, 0, parts * (side - 1));
    const size_t before = static_cast<size_t>(at / parts);
    return Place{before, std::min(before + 1, static_cast<size_t>(side - 1)), at % parts};
  };
  Image large{image.width * factor, image.height * factor, {}};
  large.rgb.reserve(image.rgb.size() * static_cast<size_t>(factor) * static_cast<size_t>(factor));
  const size_t row = static_cast<size_t>(image.width) * 3;
  for (int y = 0; y < large.height; ++y) {
    const Place v = place_of(y, image.height);
    for (int x = 0; x < large.width; ++x) {
      const Place h = place_of(x, image.width);
      for (size_t c = 0; c < 3; ++c) {
        const auto along_x = [&](size_t line) {
          const uint8_t* pixels = &image.rgb[line * row + c];
          return pixels[3 * h.before] * (parts - h.weight_after) + pixels[3 * h.after] * h.weight_after;
        };
        const int sum = along_x(v.before) * (parts - v.weight_after) + along_x(v.after) * v.weight_after;
        large.rgb.push_back(static_cast<uint8_t>((sum + parts * parts / 2) / (parts * parts)));
      }
    }
  }
  return large;
}

/// Sizes of what is drawn, in pixels; they grow with the picture.
struct Pen {
  int thickness;  ///< of a frame
  int dot;        ///< side of one of a letter's dots

  int padding() const { return 2 * dot; }
  int label_height() const { return (kGlyphHeight + 1) * dot + padding(); }  // two of the glyph's lines hang below
  int label_width(const std::string& text) const {
    return (static_cast<int>(text.size()) * kAdvance - 1) * dot + 2 * padding();
  }
  Area outer(const Area& box) const { return box.grown(thickness / 2); }
};

Pen pen_for(const Image& image) {
  const int long_side = std::max(image.width, image.height);
  return {.thickness = std::max(2, (long_side + 150) / 400), .dot = std::clamp((long_side + 250) / 500, 1, 8)};
}

/// Where a label of this size hides least: above its box, below it, or in it, at its left or its right edge. What
/// counts is the share of each other label and of each box, its own included, that it would cover.
Area place_label(const Area& outer, int width, int height, const Image& image, std::span<const Area> labels,
                 std::span<const Area> boxes) {
  constexpr double kLabelWeight = 10;  // a label that cannot be read is worse than an object half seen
  Area best{};
  double least = std::numeric_limits<double>::infinity();
  for (const int top : {outer.y1 - height, outer.y2, outer.y1, outer.y2 - height}) {
    for (const int left : {outer.x1, outer.x2 - width}) {
      const int x = std::max(0, std::min(left, image.width - width)),
                y = std::max(0, std::min(top, image.height - height));
      const Area area{x, y, x + width, y + height};
      double hidden = 0;
      for (const Area& label : labels) hidden += kLabelWeight * area.share_of(label);
      for (const Area& box : boxes) hidden += area.share_of(box);
      if (hidden >= least) continue;
      least = hidden;
      best = area;
    }
  }
  return best;
}

void draw_label(Image& image, const Area& area, const std::string& text, const Rgb& colour, const Pen& pen) {
  fill(image, area, colour);
  const int brightness = 299 * colour[0] + 587 * colour[1] + 114 * colour[2];
  const Rgb ink = brightness > 128000 ? kBlack : kWhite;
  for (size_t i = 0; i < text.size(); ++i) {
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if (!glyph_dot(text[i], column, row)) continue;
        const int left = area.x1 + pen.padding() + (static_cast<int>(i) * kAdvance + column) * pen.dot,
                  top = area.y1 + pen.padding() + row * pen.dot;
        fill(image, {left, top, left + pen.dot, top + pen.dot}, ink);
      }
    }
  }
}

}  // namespace

Image draw_detections(const Image& image, std::span<const DrawnBox> boxes) {
  const int long_side = std::max({1, image.width, image.height}), factor = (kLeastSide + long_side - 1) / long_side;
  Image drawn = enlarged(image, factor);
  const Pen pen = pen_for(drawn);
  std::vector<Area> areas;
  for (const DrawnBox& drawn_box : boxes) {
    const auto scaled = [&](float coordinate) { return coordinate * static_cast<float>(factor); };
    const Box& box = drawn_box.box;
    areas.push_back(to_pixels({scaled(box.x1), scaled(box.y1), scaled(box.x2), scaled(box.y2)}, drawn));
  }
  for (size_t i = boxes.size(); i-- > 0;) draw_frame(drawn, areas[i], colour_of(boxes[i].colour_index), pen.thickness);

  // After all frames, so that none crosses a label. The first boxes choose their places first, and are drawn last.
  std::vector<std::string> texts;
  std::vector<Area> labels;
  for (size_t i = 0; i < boxes.size(); ++i) {
    std::string text = to_printable(boxes[i].text);
    while (!text.empty() && pen.label_width(text) > drawn.width) text.pop_back();
    Area label{};
    if (!text.empty())
      label = place_label(pen.outer(areas[i]), pen.label_width(text), pen.label_height(), drawn, labels, areas);
    texts.push_back(text);
    labels.push_back(label);
  }
  for (size_t i = boxes.size(); i-- > 0;) draw_label(drawn, labels[i], texts[i], colour_of(boxes[i].colour_index), pen);
  return drawn;
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
