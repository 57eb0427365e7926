// RoIAlign (He et al., Mask R-CNN, 2017) with bilinear samples, as torchvision computes it. A region is cut into bins.
// Each bin's value is the mean of its samples. A sample more than a pixel outside the map counts as zero.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Four corners and weights of one bilinear sample; `inside` false: the sample is zero.
template <class T>
struct BilinearSample {
  int64_t top, left, bottom, right;
  T w_top_left, w_top_right, w_bottom_left, w_bottom_right;
  bool inside;
};

template <class T>
INTERTWINER_HD BilinearSample<T> bilinear_sample(T y, T x, int64_t height, int64_t width) {
  BilinearSample<T> sample{};
  if (!(y >= -1 && y <= static_cast<T>(height) && x >= -1 && x <= static_cast<T>(width))) return sample;
  if (y < 0) y = 0;
  if (x < 0) x = 0;
  sample.inside = true;
  sample.top = static_cast<int64_t>(y);
  sample.left = static_cast<int64_t>(x);
  if (sample.top >= height - 1) {
    sample.top = sample.bottom = height - 1;
    y = static_cast<T>(sample.top);
  } else {
    sample.bottom = sample.top + 1;
  }
  if (sample.left >= width - 1) {
    sample.left = sample.right = width - 1;
    x = static_cast<T>(sample.left);
  } else {
    sample.right = sample.left + 1;
  }
  const T ly = y - static_cast<T>(sample.top), lx = x - static_cast<T>(sample.left), hy = 1 - ly, hx = 1 - lx;
  sample.w_top_left = hy * hx;
  sample.w_top_right = hy * lx;
  sample.w_bottom_left = ly * hx;
  sample.w_bottom_right = ly * lx;
  return sample;
}

/// A region in the coordinates of its map.
template <class T>
struct RegionFrame {
  T x1, y1, bin_width, bin_height;

  INTERTWINER_HD RegionFrame(const T* box, T scale, int64_t bins, bool aligned) {
    const T offset = aligned ? T(0.5) : T(0);
    x1 = box[0] * scale - offset;
    y1 = box[1] * scale - offset;
    T width = box[2] * scale - offset - x1, height = box[3] * scale - offset - y1;
    if (!aligned) {
      if (width < 1) width = 1;
      if (height < 1) height = 1;
    }
    bin_width = width / static_cast<T>(bins);
    bin_height = height / static_cast<T>(bins);
  }

  /// Sample (i, j) of bin (by, bx), each of `ratio` along a side.
  INTERTWINER_HD T sample_y(int64_t by, int64_t i, int64_t ratio) const {
    return y1 + static_cast<T>(by) * bin_height + (static_cast<T>(i) + T(0.5)) * bin_height / static_cast<T>(ratio);
  }
  INTERTWINER_HD T sample_x(int64_t bx, int64_t j, int64_t ratio) const {
    return x1 + static_cast<T>(bx) * bin_width + (static_cast<T>(j) + T(0.5)) * bin_width / static_cast<T>(ratio);
  }
};

constexpr int kMaxMaps = 16;

/// The index is (bin, part). A bin is (region, by, bx), a part is `lanes` channels.
template <class T>
struct RoiAlign {
  [[no_unique_address]] NamedFields named{};
  const T* maps[kMaxMaps];
  int64_t heights[kMaxMaps], widths[kMaxMaps];
  Compute<T> scales[kMaxMaps];
  const Compute<T>* regions;
  const int32_t *image, *level;
  int64_t channels, lanes, bins, ratio;
  bool aligned;
  Compute<T>* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t parts = (channels + lanes - 1) / lanes, bin = index / parts, begin = index % parts * lanes;
    const int64_t end = begin + lanes < channels ? begin + lanes : channels;
    const int64_t region = bin / (bins * bins), by = bin / bins % bins, bx = bin % bins;
    const int32_t l = level[region];
    Compute<T>* to = out + bin * channels;
    for (int64_t c = begin; c < end; ++c) to[c] = 0;
    if (l < 0) return;
    const RegionFrame<Compute<T>> frame(regions + 4 * region, scales[l], bins, aligned);
    const T* map = maps[l] + image[region] * heights[l] * widths[l] * channels;
    const Compute<T> share = 1 / static_cast<Compute<T>>(ratio * ratio);
    for (int64_t i = 0; i < ratio; ++i)
      for (int64_t j = 0; j < ratio; ++j) {
        const auto s =
            bilinear_sample(frame.sample_y(by, i, ratio), frame.sample_x(bx, j, ratio), heights[l], widths[l]);
        if (!s.inside) continue;
        const T* top_left = map + (s.top * widths[l] + s.left) * channels;
        const T* top_right = map + (s.top * widths[l] + s.right) * channels;
        const T* bottom_left = map + (s.bottom * widths[l] + s.left) * channels;
        const T* bottom_right = map + (s.bottom * widths[l] + s.right) * channels;
        const Compute<T> a = s.w_top_left * share, b = s.w_top_right * share, d = s.w_bottom_left * share,
                         e = s.w_bottom_right * share;
        for (int64_t c = begin; c < end; ++c)
          to[c] += a * top_left[c] + b * top_right[c] + d * bottom_left[c] + e * bottom_right[c];
      }
  }
};

/// Weight of pixel `i` along one axis for a sample at `at`, as in bilinear_sample; 0 outside.
template <class T>
INTERTWINER_HD T axis_weight(T at, int64_t i, int64_t size) {
  if (!(at >= -1 && at <= static_cast<T>(size))) return 0;
  if (at < 0) at = 0;
  const int64_t low = static_cast<int64_t>(at);
  if (low >= size - 1) return i == size - 1 ? T{1} : T{0};
  const T high_weight = at - static_cast<T>(low);
  return i == low ? 1 - high_weight : i == low + 1 ? high_weight : T{0};
}

/// Gradient of one map. The index is (pixel, part), a part being `lanes` channels; it gathers from all regions in
/// order. A sample's weight is the product of its weights along the two axes.
template <class T>
struct RoiAlignGradient {
  [[no_unique_address]] NamedFields named{};
  const T *regions, *dy;
  const int32_t *image, *level;
  int64_t count, bins, ratio, channels, lanes, height, width;
  int32_t this_level;
  T scale;
  bool aligned;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t parts = (channels + lanes - 1) / lanes, pixel = index / parts, begin = index % parts * lanes;
    const int64_t end = begin + lanes < channels ? begin + lanes : channels;
    const int64_t n = pixel / (height * width), y = pixel / width % height, x = pixel % width;
    const T share = 1 / static_cast<T>(ratio * ratio);
    T* out = dx + pixel * channels;
    for (int64_t c = begin; c < end; ++c) out[c] = 0;
    for (int64_t region = 0; region < count; ++region) {
      if (level[region] != this_level || image[region] != n) continue;
      const RegionFrame<T> frame(regions + 4 * region, scale, bins, aligned);
      if (frame.sample_y(0, 0, ratio) > static_cast<T>(y + 1) ||
          frame.sample_y(bins - 1, ratio - 1, ratio) < static_cast<T>(y - 1))
        continue;
      for (int64_t row = 0; row < bins * ratio; ++row) {
        const T down = axis_weight(frame.sample_y(row / ratio, row % ratio, ratio), y, height);
        if (down == 0) continue;
        for (int64_t column = 0; column < bins * ratio; ++column) {
          const T weight = down * axis_weight(frame.sample_x(column / ratio, column % ratio, ratio), x, width) * share;
          if (weight == 0) continue;
          const T* from = dy + ((region * bins + row / ratio) * bins + column / ratio) * channels;
          for (int64_t c = begin; c < end; ++c) out[c] += weight * from[c];
        }
      }
    }
  }
};

}  // namespace intertwiner::kernels
