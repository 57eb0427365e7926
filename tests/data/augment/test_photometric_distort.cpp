#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "data/augment/photometric_distort.h"

using namespace intertwiner;

namespace {

using Colour = std::array<double, 3>;

double clipped(double value) { return std::clamp(value, 0.0, 1.0); }
double grey_of(const Colour& c) { return 0.2989 * c[0] + 0.587 * c[1] + 0.114 * c[2]; }

Colour blended(const Colour& colour, double factor, double other) {
  Colour result;
  for (size_t i = 0; i < 3; ++i) result[i] = clipped(factor * colour[i] + (1 - factor) * other);
  return result;
}

/// RGB to HSV and back, by the table of six sectors.
Colour with_hue(const Colour& c, double turns) {
  const double top = std::max({c[0], c[1], c[2]}), range = top - std::min({c[0], c[1], c[2]});
  if (range == 0) return c;
  double hue = top == c[0]   ? (c[1] - c[2]) / range
               : top == c[1] ? 2 + (c[2] - c[0]) / range
                             : 4 + (c[0] - c[1]) / range;
  hue = hue / 6 + turns;
  hue -= std::floor(hue);
  const double s = range / top, sector = std::floor(hue * 6), f = hue * 6 - sector;
  const double p = top * (1 - s), q = top * (1 - s * f), t = top * (1 - s * (1 - f));
  switch (static_cast<int>(sector) % 6) {
    case 0:
      return {top, t, p};
    case 1:
      return {q, top, p};
    case 2:
      return {p, top, t};
    case 3:
      return {p, q, top};
    case 4:
      return {t, p, top};
    default:
      return {top, p, q};
  }
}

void plain_distort(std::vector<Colour>& pixels, const Distortion& d) {
  const auto contrast = [&] {
    double mean = 0;
    for (const Colour& c : pixels) mean += grey_of(c) / static_cast<double>(pixels.size());
    for (Colour& c : pixels) c = blended(c, d.contrast, mean);
  };
  for (Colour& c : pixels) c = blended(c, d.brightness, 0);
  if (!d.contrast_last) contrast();
  for (Colour& c : pixels) c = with_hue(blended(c, d.saturation, grey_of(c)), d.hue);
  if (d.contrast_last) contrast();
}

/// Greatest difference of `distort` from plain_distort on random colours, some of them grey or at the ends.
double greatest_difference(int width, int height, const Distortion& distortion) {
  const Philox random(7, Purpose::tests);
  const int row = 3 * width + 5;  // floats between the rows must stay
  std::vector<float> floats(static_cast<size_t>(row) * height, 9.0f);
  std::vector<Colour> colours;
  for (int i = 0; i < width * height; ++i) {
    Colour colour;
    for (uint32_t c = 0; c < 3; ++c) colour[c] = random.uniform(static_cast<uint64_t>(i), i % 7 == 0 ? 0 : c);
    if (i % 5 == 0) colour[static_cast<size_t>(i) % 3] = i % 2;
    for (size_t c = 0; c < 3; ++c) {
      floats[static_cast<size_t>(i / width * row + i % width * 3) + c] =
          static_cast<float>((colour[c] - kColourMean[c]) / kColourDeviation[c]);
    }
    colours.push_back(colour);
  }
  distort({floats.data(), row}, width, height, distortion);
  plain_distort(colours, distortion);
  double worst = 0;
  for (int y = 0; y < height; ++y) {
    for (int i = 0; i < 3 * width; ++i) {
      const size_t c = static_cast<size_t>(i) % 3;
      const double value = floats[static_cast<size_t>(y * row + i)] * kColourDeviation[c] + kColourMean[c];
      worst = std::max(worst, std::abs(value - colours[static_cast<size_t>(y * width + i / 3)][c]));
    }
    for (int i = 3 * width; i < row; ++i) CHECK(floats[static_cast<size_t>(y * row + i)] == 9.0f);
  }
  return worst;
}

}  // namespace

TEST_CASE("brightness, contrast, saturation and hue agree with a plain version in double, alone and together") {
  const std::vector<Distortion> distortions = {{},
                                               {.brightness = 0.875f},
                                               {.brightness = 1.125f},
                                               {.contrast = 0.5f},
                                               {.contrast = 1.5f, .contrast_last = true},
                                               {.saturation = 0.5f},
                                               {.saturation = 1.5f},
                                               {.hue = 0.05f},
                                               {.hue = -0.05f},
                                               {.hue = 0.5f},
                                               {.hue = -0.5f},
                                               {1.1f, 0.7f, 1.4f, -0.03f, false},
                                               {0.9f, 1.4f, 0.6f, 0.04f, true}};
  const int sizes[][2] = {{1, 1}, {63, 3}, {64, 2}, {65, 4}, {200, 7}};
  for (const auto& [width, height] : sizes) {
    for (size_t i = 0; i < distortions.size(); ++i) {
      INFO(width << "×" << height << ", distortion " << i);
      CHECK(greatest_difference(width, height, distortions[i]) < 3e-6);
    }
  }
}

TEST_CASE("each distortion is drawn with its probability, from its range") {
  int changed[4] = {}, last = 0;
  for (int64_t image = 0; image < 2000; ++image) {
    const Distortion d = draw_distortion({.probability = 0.5},
                                         RandomStream(Philox(1, Purpose::tests), static_cast<uint64_t>(image), 0, 0));
    changed[0] += d.brightness != 1;
    changed[1] += d.contrast != 1;
    changed[2] += d.saturation != 1;
    changed[3] += d.hue != 0;
    last += d.contrast_last;
    CHECK(std::abs(d.brightness - 1) <= 0.125f);
    CHECK(std::abs(d.contrast - 1) <= 0.5f);
    CHECK(std::abs(d.saturation - 1) <= 0.5f);
    CHECK(std::abs(d.hue) <= 0.0501f);
  }
  for (const int count : changed) CHECK(std::abs(count - 1000) < 100);
  CHECK(std::abs(last - 1000) < 100);
  CHECK(draw_distortion({}, RandomStream(Philox(1, Purpose::tests), 0, 0, 0)).brightness == 1);
}
