#include "data/augment/photometric_distort.h"

#include <algorithm>
#include <array>

namespace intertwiner {
namespace {

// A few pixels, with one array for each channel. So the compiler makes vector instructions of the loops over pixels.
constexpr int kPixels = 64;
using Channel = std::array<float, kPixels>;

struct Pixels {
  Channel channel[3];  // red, green, blue in 0..1
};

float clipped(float value) { return std::min(1.0f, std::max(0.0f, value)); }

/// Reads `count` pixels; the others become 0.
void read(const float* from, int count, Pixels& pixels) {
  for (int c = 0; c < 3; ++c) {
    const float deviation = static_cast<float>(kColourDeviation[c]), mean = static_cast<float>(kColourMean[c]);
    for (int i = 0; i < count; ++i) pixels.channel[c][i] = clipped(from[3 * i + c] * deviation + mean);
    for (int i = count; i < kPixels; ++i) pixels.channel[c][i] = 0;
  }
}

void write(const Pixels& pixels, int count, float* to) {
  for (int c = 0; c < 3; ++c) {
    const float factor = static_cast<float>(1 / kColourDeviation[c]);
    const float offset = static_cast<float>(-kColourMean[c] / kColourDeviation[c]);
    for (int i = 0; i < count; ++i) to[3 * i + c] = pixels.channel[c][i] * factor + offset;
  }
}

Channel grey_of(const Pixels& pixels) {
  const auto& [red, green, blue] = pixels.channel;
  Channel grey;
  for (int i = 0; i < kPixels; ++i) grey[i] = 0.2989f * red[i] + 0.587f * green[i] + 0.114f * blue[i];
  return grey;
}

/// RGB · factor + offset.
void scale(Pixels& pixels, float factor, float offset) {
  for (Channel& channel : pixels.channel)
    for (float& value : channel) value = clipped(value * factor + offset);
}

void saturate(Pixels& pixels, float factor) {
  const Channel grey = grey_of(pixels);
  for (Channel& channel : pixels.channel)
    for (int i = 0; i < kPixels; ++i) channel[i] = clipped(channel[i] * factor + (1 - factor) * grey[i]);
}

/// `sixths`: sixths of a turn. A channel is V − C · max(0, min(k, 4 − k, 1)), where V is the maximum and C the range of
/// the channels, and k = (hue in sixths + 5, 3 or 1) mod 6 for red, green and blue.
void turn_hue(Pixels& pixels, float sixths) {
  auto& [red, green, blue] = pixels.channel;
  for (int i = 0; i < kPixels; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float top = std::max(r, std::max(g, b)), range = top - std::min(r, std::min(g, b));
    const float inverse = 1 / (range > 0 ? range : 1);
    const float from_green = 2 + (b - r) * inverse, from_blue = 4 + (r - g) * inverse;
    const float hue = sixths + (top == r ? (g - b) * inverse : top == g ? from_green : from_blue);  // −4 to 8
    const auto turned = [&](float offset) {
      float k = hue + offset;  // −3 to 13
      k = k < 0 ? k + 6 : k;
      k = k >= 6 ? k - 6 : k;
      k = k >= 6 ? k - 6 : k;
      return top - range * std::max(0.0f, std::min(std::min(k, 4 - k), 1.0f));
    };
    red[i] = turned(5);
    green[i] = turned(3);
    blue[i] = turned(1);
  }
}

double sum_of(const Channel& channel) {
  std::array<float, 8> sums = {};
  for (int i = 0; i < kPixels; i += 8)
    for (int k = 0; k < 8; ++k) sums[k] += channel[i + k];
  double sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

/// Calls `work(pixels)` for all pixels, a few at a time, and writes them back if `is_changed`. Returns the mean grey of
/// the result.
template <class Work>
float for_pixels(const FloatRows& rows, int width, int height, bool is_changed, const Work& work) {
  double grey = 0;
  Pixels pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; x += kPixels) {
      const int count = std::min(kPixels, width - x);
      float* const at = rows.begin + y * rows.row_stride + 3 * x;
      read(at, count, pixels);
      work(pixels);
      grey += sum_of(grey_of(pixels));
      if (is_changed) write(pixels, count, at);
    }
  }
  return static_cast<float>(grey / (static_cast<double>(width) * height));
}

}  // namespace

Distortion draw_distortion(const PhotometricOptions& options, RandomStream random) {
  const auto factor = [&](double range) {
    const bool is_on = random.uniform() < options.probability;
    const double drawn = random.uniform(1 - range, 1 + range);
    return static_cast<float>(is_on ? drawn : 1);
  };
  Distortion distortion;
  distortion.brightness = factor(options.brightness);
  distortion.contrast = factor(options.contrast);
  distortion.saturation = factor(options.saturation);
  distortion.hue = factor(options.hue) - 1;
  distortion.contrast_last = random.uniform() < 0.5;
  return distortion;
}

void distort(const FloatRows& rows, int width, int height, const Distortion& d) {
  const auto brighten = [&](Pixels& pixels) {
    if (d.brightness != 1) scale(pixels, d.brightness, 0);
  };
  const auto colour = [&](Pixels& pixels) {
    if (d.saturation != 1) saturate(pixels, d.saturation);
    if (d.hue != 0) turn_hue(pixels, 6 * d.hue);
  };
  if (d.contrast == 1) {
    if (d.brightness == 1 && d.saturation == 1 && d.hue == 0) return;
    for_pixels(rows, width, height, true, [&](Pixels& pixels) {
      brighten(pixels);
      colour(pixels);
    });
    return;
  }
  const float mean = for_pixels(rows, width, height, d.contrast_last, [&](Pixels& pixels) {
    brighten(pixels);
    if (d.contrast_last) colour(pixels);
  });
  for_pixels(rows, width, height, true, [&](Pixels& pixels) {
    if (!d.contrast_last) brighten(pixels);
    scale(pixels, d.contrast, (1 - d.contrast) * mean);
    if (!d.contrast_last) colour(pixels);
  });
}

}  // namespace intertwiner
