#include "apps/figures/figure_canvas.h"

#include <algorithm>
#include <cmath>

#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr double kPale = 0.25;                      // opacity of a see-through circle
constexpr double kEdge = 1.2, kDash = 3, kGap = 2;  // px, of its dashed edge
constexpr int kSamples = 4;                         // antialiasing: samples per pixel and axis

std::string hex(const Rgb& colour) { return format("#%02x%02x%02x", colour[0], colour[1], colour[2]); }

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else
      safe += c;
  }
  return safe;
}

void blend(Image& image, int x, int y, const Rgb& colour, double opacity) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  uint8_t* pixel = &image.rgb[(static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) * 3];
  for (size_t c = 0; c < 3; ++c)
    pixel[c] = static_cast<uint8_t>(std::lround(colour[c] * opacity + pixel[c] * (1 - opacity)));
}

/// The circle's opacity at (dx, dy) px from its centre.
double opacity_at(const DrawnCircle& circle, double dx, double dy) {
  const double distance = std::hypot(dx, dy);
  if (distance > circle.radius) return 0;
  if (!circle.see_through) return 1;
  if (distance < circle.radius - kEdge) return kPale;
  double angle = std::atan2(dy, dx);
  if (angle < 0) angle += 2 * std::acos(-1.0);
  return std::fmod(angle * (circle.radius - kEdge / 2), kDash + kGap) < kDash ? 1 : kPale;
}

void draw(Image& image, const DrawnCircle& circle) {
  const auto first = [&](double middle) { return static_cast<int>(std::floor(middle - circle.radius)); };
  const auto last = [&](double middle) { return static_cast<int>(std::ceil(middle + circle.radius)); };
  for (int y = first(circle.y); y < last(circle.y); ++y)
    for (int x = first(circle.x); x < last(circle.x); ++x) {
      double sum = 0;
      for (int v = 0; v < kSamples; ++v)
        for (int u = 0; u < kSamples; ++u)
          sum += opacity_at(circle, x + (u + 0.5) / kSamples - circle.x, y + (v + 0.5) / kSamples - circle.y);
      if (sum > 0) blend(image, x, y, circle.colour, sum / (kSamples * kSamples));
    }
}

void draw(Image& image, const DrawnText& text) {
  constexpr int kDotsAboveBaseline = 7;
  draw_text(image, {.x = text.x,
                    .y = text.baseline - kDotsAboveBaseline * DrawnText::kDot,
                    .dot = DrawnText::kDot,
                    .text = text.text,
                    .colour = text.colour});
}

std::string svg_of(const DrawnCircle& circle) {
  const std::string colour = hex(circle.colour);
  const double radius = circle.see_through ? circle.radius - kEdge / 2 : circle.radius;
  const std::string start = format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"", circle.x, circle.y, radius);
  if (!circle.see_through) return start + colour + "\"/>\n";
  return start + colour + format("\" fill-opacity=\"%g\" stroke=\"", kPale) + colour +
         format("\" stroke-width=\"%g\" stroke-dasharray=\"%g %g\"/>\n", kEdge, kDash, kGap);
}

}  // namespace

std::string to_svg(const FigureCanvas& canvas) {
  constexpr double kMonospaceAdvance = 0.6;  // width of a letter as a fraction of the font size
  std::string svg = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
      "font-family=\"monospace\" font-size=\"%g\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      canvas.width, canvas.height, canvas.width, canvas.height, DrawnText::kLetterWidth / kMonospaceAdvance);
  for (const DrawnFrame& frame : canvas.frames)
    svg += format("<rect x=\"%g\" y=\"%g\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"", frame.x + 0.5,
                  frame.y + 0.5, frame.width - 1, frame.height - 1) +
           hex(frame.colour) + "\"/>\n";
  for (const DrawnCircle& circle : canvas.circles) svg += svg_of(circle);
  for (const DrawnText& text : canvas.texts)
    svg += format("<text xml:space=\"preserve\" x=\"%d\" y=\"%d\" fill=\"", text.x, text.baseline) + hex(text.colour) +
           "\">" + escaped(text.text) + "</text>\n";
  return svg + "</svg>\n";
}

Image to_image(const FigureCanvas& canvas) {
  Image image{canvas.width, canvas.height, {}};
  image.rgb.assign(static_cast<size_t>(canvas.width) * static_cast<size_t>(canvas.height) * 3, 255);
  for (const DrawnFrame& frame : canvas.frames) {
    const Rectangle outer{frame.x, frame.y, frame.x + frame.width, frame.y + frame.height};
    fill_between(image, outer, outer.grown(-1), {frame.colour});
  }
  for (const DrawnCircle& circle : canvas.circles) draw(image, circle);
  for (const DrawnText& text : canvas.texts) draw(image, text);
  return image;
}

}  // namespace intertwiner
