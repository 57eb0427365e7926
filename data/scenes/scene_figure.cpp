#include "data/scenes/scene_figure.h"

#include <algorithm>
#include <cmath>

namespace intertwiner {
namespace {

constexpr float kPeriodsPerUnit = 2;  // four over the whole figure

struct Point {
  float x, y;
};

/// Converts a point of the scene to the figure's coordinates: px from its centre, not turned.
Point to_local(const Figure& figure, float x, float y) {
  const float dx = x - figure.centre_x, dy = y - figure.centre_y;
  return {figure.cosine * dx + figure.sine * dy, figure.cosine * dy - figure.sine * dx};
}

bool inside_outline(const Figure& figure, Point p) {
  float a = p.x / figure.half_width, b = p.y / figure.half_height;
  a *= a;
  b *= b;
  for (int exponent = 2; exponent < figure.exponent; exponent *= 2) {
    a *= a;
    b *= b;
  }
  return a + b <= 1;
}

/// True in the first half of each period.
bool first_half(float periods) { return periods - std::floor(periods) < 0.5f; }

/// A substitute for the angle without an arctangent: grows from 0 to 4 around the centre, though not evenly.
float turn(float x, float y) {
  const float norm = std::abs(x) + std::abs(y);
  if (norm == 0) return 0;
  const float a = y / norm;
  return x >= 0 ? 1 + a : 3 - a;
}

bool is_ink(const Figure& figure, Point p) {
  const float scale = kPeriodsPerUnit * figure.density / figure.unit;
  const float u = p.x * scale, v = p.y * scale;  // in periods
  switch (figure.pattern) {
    case Pattern::rows:
      return first_half(v + figure.phase[1]);
    case Pattern::columns:
      return first_half(u + figure.phase[0]);
    case Pattern::slants:
      return first_half(0.70710678f * (figure.mirrored ? u - v : u + v) + figure.phase[0]);
    case Pattern::checks:  // three periods per axis, because the diagonals are closer together
      return first_half(0.75f * u + figure.phase[0]) != first_half(0.75f * v + figure.phase[1]);
    case Pattern::rings:
      return first_half(std::sqrt(u * u + v * v) + figure.phase[0]);
    case Pattern::rays:
      return first_half(2.5f * turn(u, v) + figure.phase[0]);  // ten rays, 5 px apart at the edge of a 16 px figure
    case Pattern::plain:
      return true;
    case Pattern::halves:
      return u * (2 * figure.phase[0] - 1) + v * (2 * figure.phase[1] - 1) > 0;
    case Pattern::scramble: {  // cells of half a period; a hash of the cell's position chooses ink or paper
      const int32_t column = static_cast<int32_t>(std::floor(2 * u)), row = static_cast<int32_t>(std::floor(2 * v));
      const uint32_t key = static_cast<uint32_t>(figure.phase[0] * 65536.0f);
      uint32_t hash = (static_cast<uint32_t>(column) * 0x9E3779B9u) ^ (static_cast<uint32_t>(row) * 0x85EBCA6Bu) ^ key;
      hash = (hash ^ (hash >> 15)) * 0x2C1B3C6Du;
      return ((hash >> 16) & 1) != 0;
    }
  }
  return true;
}

}  // namespace

const std::vector<std::string>& scene_class_names() {
  static const std::vector<std::string> names = {"rows", "columns", "slants", "checks", "rings", "rays"};
  return names;
}

bool Figure::covers(float x, float y) const { return inside_outline(*this, to_local(*this, x, y)); }

Box Figure::bounds() const {
  // The outline's first quadrant is (a·cosᵉ, b·sinᵉ) with e = 2/n; t in 0..1 gives all cosines and sines of a quadrant.
  // The outline is symmetric, so the absolute values give its largest x and y after turning.
  constexpr int kSteps = 64;
  float reach_x = 0, reach_y = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const float t = static_cast<float>(i) / kSteps, norm = 1 + t * t;
    float x = (1 - t * t) / norm, y = 2 * t / norm;
    for (int power = 2; power < exponent; power *= 2) {
      x = std::sqrt(x);
      y = std::sqrt(y);
    }
    x *= half_width;
    y *= half_height;
    reach_x = std::max(reach_x, std::abs(cosine) * x + std::abs(sine) * y);
    reach_y = std::max(reach_y, std::abs(sine) * x + std::abs(cosine) * y);
  }
  return {centre_x - reach_x, centre_y - reach_y, centre_x + reach_x, centre_y + reach_y};
}

float Figure::visible_fraction(const std::vector<Figure>& others, size_t first, int side_px) const {
  constexpr int kSamples = 12;  // per axis
  int all = 0, visible = 0;
  for (int row = 0; row < kSamples; ++row) {
    for (int column = 0; column < kSamples; ++column) {
      const Point local{half_width * ((2 * column + 1.0f) / kSamples - 1),
                        half_height * ((2 * row + 1.0f) / kSamples - 1)};
      if (!inside_outline(*this, local)) continue;
      ++all;
      const float x = centre_x + cosine * local.x - sine * local.y, y = centre_y + sine * local.x + cosine * local.y;
      if (x < 0 || y < 0 || x >= side_px || y >= side_px) continue;
      bool hidden = false;
      for (size_t i = first; i < others.size() && !hidden; ++i) hidden = others[i].covers(x, y);
      visible += !hidden;
    }
  }
  return static_cast<float>(visible) / static_cast<float>(all);
}

void draw_figure(const Figure& figure, Canvas& canvas) {
  const Box box = figure.bounds();
  const int x1 = std::max(0, static_cast<int>(std::floor(box.x1))),
            y1 = std::max(0, static_cast<int>(std::floor(box.y1)));
  const int x2 = std::min(canvas.side_px, static_cast<int>(std::ceil(box.x2)));
  const int y2 = std::min(canvas.side_px, static_cast<int>(std::ceil(box.y2)));
  const int samples = std::min(figure.half_width, figure.half_height) < 24 ? 4 : 2;  // per pixel and axis
  const float step = 1.0f / static_cast<float>(samples);
  for (int y = y1; y < y2; ++y) {
    for (int x = x1; x < x2; ++x) {
      int covered = 0, ink = 0;
      for (int k = 0; k < samples * samples; ++k) {
        const float sample_x = static_cast<float>(x) + (static_cast<float>(k % samples) + 0.5f) * step;
        const float sample_y = static_cast<float>(y) + (static_cast<float>(k / samples) + 0.5f) * step;
        const Point local = to_local(figure, sample_x, sample_y);
        if (!inside_outline(figure, local)) continue;
        ++covered;
        ink += is_ink(figure, local);
      }
      if (covered == 0) continue;
      const float alpha = static_cast<float>(covered) * step * step;
      const float mix = static_cast<float>(ink) / static_cast<float>(covered);
      const Point middle = to_local(figure, static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
      const float light =
          1 + figure.shading[0] * middle.x / figure.half_width + figure.shading[1] * middle.y / figure.half_height;
      float* pixel = canvas.pixel(x, y);
      for (size_t c = 0; c < 3; ++c) {
        const float colour = light * (figure.paper[c] + (figure.ink[c] - figure.paper[c]) * mix);
        pixel[c] += alpha * (colour - pixel[c]);
      }
    }
  }
}

}  // namespace intertwiner
