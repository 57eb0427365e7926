#include "data/scenes/scene_canvas.h"

#include <algorithm>
#include <cmath>

namespace intertwiner {
namespace {

struct Noise {
  int period;       ///< px, distance of the random values
  float amplitude;  ///< values are in ±amplitude
};

/// Adds smooth noise to a side×side field. The noise has random values on a grid of `period` px, with
/// smoothstep interpolation between them.
void add_value_noise(std::vector<float>& field, int side, const Noise& noise, SceneRandom& random) {
  const int period = noise.period;
  const int nodes = side / period + 2;
  std::vector<float> lattice(static_cast<size_t>(nodes) * nodes);
  for (size_t i = 0; i < lattice.size(); i += 4) {
    const Philox::Block block = random.block();
    for (size_t k = 0; k < 4 && i + k < lattice.size(); ++k) {
      lattice[i + k] = noise.amplitude * (static_cast<float>(block.word[k] >> 8) * 0x1p-23f - 1);
    }
  }
  std::vector<float> rise(static_cast<size_t>(period)), row(static_cast<size_t>(nodes));
  for (int i = 0; i < period; ++i) {
    const float t = (static_cast<float>(i) + 0.5f) / static_cast<float>(period);
    rise[i] = t * t * (3 - 2 * t);
  }
  for (int y = 0; y < side; ++y) {
    const float* above = &lattice[static_cast<size_t>(y / period) * nodes];
    const float* below = above + nodes;
    const float down = rise[y % period];
    for (int i = 0; i < nodes; ++i) row[i] = above[i] + down * (below[i] - above[i]);
    float* out = &field[static_cast<size_t>(y) * side];
    for (int node = 0; node * period < side; ++node) {
      const float left = row[node], change = row[node + 1] - left;
      const int end = std::min(period, side - node * period);
      for (int i = 0; i < end; ++i) out[node * period + i] += left + rise[i] * change;
    }
  }
}

/// A side×side field of noise of several octaves: `noise` first, then half the period each time down to `min_period`.
std::vector<float> value_noise(int side, Noise noise, int min_period, SceneRandom& random) {
  std::vector<float> field(static_cast<size_t>(side) * side, 0.0f);
  for (; noise.period >= min_period; noise.period /= 2, noise.amplitude *= 0.65f) {
    add_value_noise(field, side, noise, random);
  }
  return field;
}

/// Adds stripes in a random direction to the field: a triangle wave.
void add_stripes(std::vector<float>& field, int side, SceneRandom& random) {
  const float period = random.uniform(5, 40), amplitude = random.uniform(0.03f, 0.10f);
  const float t = random.uniform(-1, 1), cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const float along = (cosine * static_cast<float>(x) + sine * static_cast<float>(y)) / period;
      field[static_cast<size_t>(y) * side + x] += amplitude * (4 * std::abs(along - std::floor(along) - 0.5f) - 1);
    }
  }
}

}  // namespace

void paint_background(Canvas& canvas, const Colour& colour, SceneRandom random) {
  const int side = canvas.side_px;
  const float strength = random.uniform(0.4f, 1.0f);
  std::vector<float> light = value_noise(side, {64, 0.16f * strength}, 4, random);
  const std::vector<float> hue = value_noise(side, {64, 0.18f * strength}, 16, random);
  if (random.chance(0.4f)) add_stripes(light, side, random);
  const float across = random.uniform(-0.2f, 0.2f), down = random.uniform(-0.2f, 0.2f);
  Colour tint;
  for (float& channel : tint) channel = random.uniform(-1, 1);
  for (int y = 0; y < side; ++y) {
    const float gradient_y = down * (static_cast<float>(y) / static_cast<float>(side) - 0.5f);
    for (int x = 0; x < side; ++x) {
      const size_t i = static_cast<size_t>(y) * side + x;
      const float value = light[i] + gradient_y + across * (static_cast<float>(x) / static_cast<float>(side) - 0.5f);
      for (size_t c = 0; c < 3; ++c) canvas.rgb[3 * i + c] = colour[c] + value + tint[c] * hue[i];
    }
  }
}

void blur(Canvas& canvas) {
  const int side = canvas.side_px;
  const size_t row_floats = static_cast<size_t>(side) * 3;
  std::vector<float> across(canvas.rgb.size());
  for (int y = 0; y < side; ++y) {
    const float* in = canvas.pixel(0, y);
    float* out = &across[y * row_floats];
    for (size_t i = 0; i < row_floats; ++i) {
      const float left = in[i < 3 ? i : i - 3], right = in[i + 3 < row_floats ? i + 3 : i];
      out[i] = 0.25f * (left + right) + 0.5f * in[i];
    }
  }
  for (int y = 0; y < side; ++y) {
    const float* in = &across[y * row_floats];
    const float* above = y > 0 ? in - row_floats : in;
    const float* below = y + 1 < side ? in + row_floats : in;
    float* out = canvas.pixel(0, y);
    for (size_t i = 0; i < row_floats; ++i) out[i] = 0.25f * (above[i] + below[i]) + 0.5f * in[i];
  }
}

Image photograph(Canvas canvas, SceneRandom random) {
  blur(canvas);
  const float contrast = random.uniform(0.8f, 1.1f), brightness = random.uniform(-0.06f, 0.06f);
  Colour gain, offset;
  for (size_t c = 0; c < 3; ++c) {
    gain[c] = 255 * contrast * random.uniform(0.92f, 1.08f);
    offset[c] = 127.5f + 255 * brightness - 0.5f * gain[c] + 0.5f;  // the last half rounds
  }
  // The sum of a word's four bytes is nearly normal, with a deviation of 147.8.
  const float noise = random.uniform(1, 5) / 147.8f;
  Image image{canvas.side_px, canvas.side_px, std::vector<uint8_t>(canvas.rgb.size())};
  const size_t pixels = canvas.rgb.size() / 3;
  Philox::Block block{};
  for (size_t i = 0; i < pixels; ++i) {
    if (i % 4 == 0) block = random.block();
    const uint32_t word = block.word[i % 4];
    const uint32_t bytes = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
    const float grain = noise * (static_cast<float>(bytes) - 510);
    for (size_t c = 0; c < 3; ++c) {
      const float value = canvas.rgb[3 * i + c] * gain[c] + offset[c] + grain;
      image.rgb[3 * i + c] = static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
    }
  }
  return image;
}

}  // namespace intertwiner
