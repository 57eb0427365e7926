#include "apps/figures/drawn_boxes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "apps/figures/font.h"
#include "apps/figures/pixels.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr int kMinSide = 640;  // px, longer side of a marked picture

constexpr Rgb kBlack = {0, 0, 0}, kWhite = {255, 255, 255};

// Consecutive colours differ in hue and in brightness.
constexpr Rgb kPalette[] = {
    {255, 214, 10},  {0, 92, 230}, {255, 69, 58},   {50, 215, 75}, {191, 90, 242},  {255, 149, 0},
    {100, 210, 255}, {164, 0, 70}, {190, 255, 120}, {0, 110, 90},  {255, 140, 200}, {130, 80, 30},
};

Rgb colour_of(int index) {
  constexpr int kCount = static_cast<int>(std::size(kPalette));
  return kPalette[(index % kCount + kCount) % kCount];
}

/// The fraction of `hidden` that lies under `cover`, 0 to 1.
double covered_fraction(const Rectangle& hidden, const Rectangle& cover) {
  const int width = std::min(cover.x2, hidden.x2) - std::max(cover.x1, hidden.x1);
  const int height = std::min(cover.y2, hidden.y2) - std::max(cover.y1, hidden.y1);
  if (width <= 0 || height <= 0) return 0;
  return static_cast<double>(width) / (hidden.x2 - hidden.x1) * height / (hidden.y2 - hidden.y1);
}

/// The box in whole pixels, clipped to the image; it has at least one pixel.
Rectangle to_pixels(const Box& box, const Image& image) {
  const auto round_into = [](float value, int limit) {
    // std::max in this order turns NaN into 0.
    return static_cast<int>(std::min(static_cast<float>(limit), std::max(0.0f, std::round(value))));
  };
  Rectangle area{round_into(box.x1, image.width - 1), round_into(box.y1, image.height - 1),
                 round_into(box.x2, image.width), round_into(box.y2, image.height)};
  area.x2 = std::max(area.x2, area.x1 + 1);
  area.y2 = std::max(area.y2, area.y1 + 1);
  return area;
}

void draw_frame(Image& image, const Rectangle& area, const Rgb& colour, int thickness) {
  // A small box stays open.
  thickness = std::min(thickness, std::max(1, std::min(area.x2 - area.x1, area.y2 - area.y1) / 4));
  const int half = thickness / 2;
  const Rectangle outer = area.grown(half), inner = area.grown(half - thickness);
  fill_between(image, outer.grown(1), outer, {kBlack, 50});  // separates the line from a background of the same colour
  if (inner.x1 >= inner.x2 || inner.y1 >= inner.y2) return fill(image, outer, {colour});
  fill_between(image, outer, inner, {colour});
}

/// Enlarges the image by a whole factor, bilinear with half-pixel centres.
Image enlarged(const Image& image, int factor) {
  if (factor == 1) return image;
  // Pixel i of the large image lies at (i + 1/2) / factor − 1/2 in the small one. Positions are counted in units of
  // 1 / (2 · factor) px, so that all of them are integers.
  struct Neighbours {
    size_t before, after;
    int weight_after;
  };
  const int units = 2 * factor;
  const auto neighbours_of = [&](int i, int side) {
    const int position = std::clamp(2 * i + 1 - factor, 0, units * (side - 1));
    const size_t before = static_cast<size_t>(position / units);
    return Neighbours{before, std::min(before + 1, static_cast<size_t>(side - 1)), position % units};
  };
  Image large{image.width * factor, image.height * factor, {}};
  large.rgb.reserve(image.rgb.size() * static_cast<size_t>(factor) * static_cast<size_t>(factor));
  const size_t row = static_cast<size_t>(image.width) * 3;
  for (int y = 0; y < large.height; ++y) {
    const Neighbours v = neighbours_of(y, image.height);
    for (int x = 0; x < large.width; ++x) {
      const Neighbours h = neighbours_of(x, image.width);
      for (size_t c = 0; c < 3; ++c) {
        const auto along_x = [&](size_t line) {
          const uint8_t* pixels = &image.rgb[line * row + c];
          return pixels[3 * h.before] * (units - h.weight_after) + pixels[3 * h.after] * h.weight_after;
        };
        const int sum = along_x(v.before) * (units - v.weight_after) + along_x(v.after) * v.weight_after;
        large.rgb.push_back(static_cast<uint8_t>((sum + units * units / 2) / (units * units)));
      }
    }
  }
  return large;
}

/// Sizes of lines and letters in px. They grow with the image, but not beyond what its boxes are large enough for.
struct Pen {
  int thickness;  ///< of a frame
  int dot;        ///< side of one dot of a letter

  int padding() const { return 2 * dot; }
  int label_height() const {
    return (kGlyphHeight + 1) * dot + padding();
  }  // two rows of the glyph are below the baseline
  int label_width(const std::string& text) const {
    return (static_cast<int>(text.size()) * kAdvance - 1) * dot + 2 * padding();
  }
  Rectangle outer(const Rectangle& box) const { return box.grown(thickness / 2); }
};

/// The median of the shorter sides.
int usual_side(const std::vector<Rectangle>& boxes) {
  if (boxes.empty()) return 0;
  std::vector<int> sides;
  for (const Rectangle& box : boxes) sides.push_back(std::min(box.x2 - box.x1, box.y2 - box.y1));
  const auto middle = sides.begin() + std::ssize(sides) / 2;
  std::nth_element(sides.begin(), middle, sides.end());
  return *middle;
}

Pen pen_for(const Image& image, const std::vector<Rectangle>& boxes) {
  const int long_side = std::max(image.width, image.height), short_side = std::min(image.width, image.height);
  const int box_side = usual_side(boxes);
  return {.thickness = std::max(2, std::min((long_side + 150) / 400, box_side / 10)),
          .dot = std::clamp(std::min({long_side / 600, short_side / 300, box_side / 12}), 1, 8)};
}

/// The label without letters at the end of its name, so that it fits into `width` px. A score, the last word, stays
/// whole. Empty if it does not fit.
std::string shortened(std::string text, const Pen& pen, int width) {
  const size_t space = text.rfind(' ');
  const bool has_score =
      space != std::string::npos && space + 1 < text.size() && text[space + 1] >= '0' && text[space + 1] <= '9';
  size_t letters = has_score ? space : text.size();
  while (pen.label_width(text) > width) {
    if (letters == 0) return "";
    text.erase(--letters, 1);
  }
  return text;
}

/// Places labels where they hide least.
class LabelLayout {
 public:
  /// Labels must lie in an image of this size. `boxes` are all boxes of the image.
  LabelLayout(int width, int height, std::vector<Rectangle> boxes)
      : width_(width), height_(height), boxes_(std::move(boxes)) {}

  /// Places a label of this size at a box: above it, below it, or inside at its top or bottom; aligned left or right.
  Rectangle place(const Rectangle& box, int width, int height) {
    Rectangle best{};
    double min_hidden = std::numeric_limits<double>::infinity();
    for (const int top : {box.y1 - height, box.y2, box.y1, box.y2 - height}) {
      for (const int left : {box.x1, box.x2 - width}) {
        const int x = std::max(0, std::min(left, width_ - width)), y = std::max(0, std::min(top, height_ - height));
        const Rectangle area{x, y, x + width, y + height};
        const double hidden = hidden_by(area);
        if (hidden >= min_hidden) continue;
        min_hidden = hidden;
        best = area;
      }
    }
    labels_.push_back(best);
    return best;
  }

 private:
  /// The sum of the fractions of all labels and boxes that a label at `area` covers.
  double hidden_by(const Rectangle& area) const {
    constexpr double kLabelWeight = 10;  // hiding a label is worse than hiding a part of an object
    double hidden = 0;
    for (const Rectangle& label : labels_) hidden += kLabelWeight * covered_fraction(label, area);
    for (const Rectangle& box : boxes_) hidden += covered_fraction(box, area);
    return hidden;
  }

  int width_, height_;
  std::vector<Rectangle> boxes_, labels_;
};

void draw_label(Image& image, const Rectangle& area, const PixelText& text) {
  fill(image, area, {text.colour});
  const int brightness = 299 * text.colour[0] + 587 * text.colour[1] + 114 * text.colour[2];
  PixelText letters = text;
  letters.colour = brightness > 128000 ? kBlack : kWhite;
  draw_text(image, letters);
}

}  // namespace

void draw_boxes(Image& image, std::span<const DrawnBox> boxes) {
  std::vector<Rectangle> areas;
  for (const DrawnBox& drawn_box : boxes) areas.push_back(to_pixels(drawn_box.box, image));
  Pen pen = pen_for(image, areas);
  std::vector<std::string> texts;
  for (const DrawnBox& drawn_box : boxes) {
    texts.push_back(to_printable(drawn_box.text));
    while (pen.dot > 1 && pen.label_width(texts.back()) > image.width) --pen.dot;
  }
  for (size_t i = boxes.size(); i-- > 0;) draw_frame(image, areas[i], colour_of(boxes[i].colour_index), pen.thickness);

  // Labels are drawn after all frames, so that no frame crosses a label. The first boxes are placed first and drawn
  // last.
  LabelLayout layout(image.width, image.height, areas);
  std::vector<std::pair<Rectangle, PixelText>> labels;
  for (size_t i = 0; i < boxes.size(); ++i) {
    const std::string text = shortened(texts[i], pen, image.width);
    if (text.empty()) continue;
    const Rectangle area = layout.place(pen.outer(areas[i]), pen.label_width(text), pen.label_height());
    labels.push_back({area,
                      {.x = area.x1 + pen.padding(),
                       .y = area.y1 + pen.padding(),
                       .dot = pen.dot,
                       .text = text,
                       .colour = colour_of(boxes[i].colour_index)}});
  }
  for (size_t i = labels.size(); i-- > 0;) draw_label(image, labels[i].first, labels[i].second);
}

Image draw_detections(const Image& image, std::span<const DrawnBox> boxes) {
  const int long_side = std::max({1, image.width, image.height}), factor = (kMinSide + long_side - 1) / long_side;
  Image drawn = enlarged(image, factor);
  std::vector<DrawnBox> scaled(boxes.begin(), boxes.end());
  for (DrawnBox& drawn_box : scaled) {
    const auto times_factor = [&](float coordinate) { return coordinate * static_cast<float>(factor); };
    const Box& box = drawn_box.box;
    drawn_box.box = {times_factor(box.x1), times_factor(box.y1), times_factor(box.x2), times_factor(box.y2)};
  }
  draw_boxes(drawn, scaled);
  return drawn;
}

Image contact_sheet(std::span<const Image> images, int columns) {
  if (images.empty() || columns < 1) throw InternalError("contact_sheet: no images or no columns");
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
