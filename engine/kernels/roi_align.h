// RoIAlign (He et al., Mask R-CNN, 2017) with bilinear samples, as torchvision computes it. A region is cut into bins.
// Each bin's value is the mean of its samples. A sample more than a pixel outside the map counts as zero.
#pragma once
#include <bit>
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/lanes.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Corners and weights of one bilinear sample. With `inside` false the sample is zero.
template <class T>
struct BilinearSample {
  int32_t top, left, bottom, right;
  T w_top_left, w_top_right, w_bottom_left, w_bottom_right;
  bool inside;
};

template <class T>
INTERTWINER_HD BilinearSample<T> bilinear_sample(T y, T x, int32_t height, int32_t width) {
  BilinearSample<T> sample{};
  if (!(y >= -1 && y <= static_cast<T>(height) && x >= -1 && x <= static_cast<T>(width))) return sample;
  if (y < 0) y = 0;
  if (x < 0) x = 0;
  sample.inside = true;
  sample.top = static_cast<int32_t>(y);
  sample.left = static_cast<int32_t>(x);
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

  INTERTWINER_HD RegionFrame(const T* box, T scale, int32_t bins, bool aligned) {
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

  /// Sample (i, j) of bin (by, bx). A bin has ratio×ratio samples.
  INTERTWINER_HD T sample_y(int32_t by, int32_t i, int32_t ratio) const {
    return y1 + static_cast<T>(by) * bin_height + (static_cast<T>(i) + T(0.5)) * bin_height / static_cast<T>(ratio);
  }
  INTERTWINER_HD T sample_x(int32_t bx, int32_t j, int32_t ratio) const {
    return x1 + static_cast<T>(bx) * bin_width + (static_cast<T>(j) + T(0.5)) * bin_width / static_cast<T>(ratio);
  }
};

constexpr int kMaxMaps = 16;

/// Regions, and the sizes of the maps that they are cut from.
template <class T>
struct RegionsOnMaps {
  [[no_unique_address]] NamedFields named{};
  int32_t heights[kMaxMaps], widths[kMaxMaps];
  T scales[kMaxMaps];
  const T* boxes;
  const int32_t *image, *level;
  int32_t bins, ratio;
  bool aligned;

  /// Not for a region of level −1.
  INTERTWINER_HD RegionFrame<T> frame(int64_t region) const {
    return {boxes + 4 * region, scales[level[region]], bins, aligned};
  }
};

/// The index is a bin's lanes (engine/kernels/lanes.h), of its channels. A bin is (region, by, bx).
template <class T, int N>
struct RoiAlign {
  [[no_unique_address]] NamedFields named{};
  const T* maps[kMaxMaps];
  RegionsOnMaps<Compute<T>> r;
  int64_t channels;
  T* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, channels);
    const int64_t region = lanes.row / (r.bins * r.bins);
    const auto bin = static_cast<int32_t>(lanes.row % (r.bins * r.bins));
    const int32_t l = r.level[region];
    LaneValues<T, N> sum(out + lanes.row * channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    if (l < 0) return sum.write();
    const RegionFrame<Compute<T>> frame = r.frame(region);
    const int64_t width = r.widths[l];
    const T* map = maps[l] + r.image[region] * r.heights[l] * width * channels + lanes.begin;
    const Compute<T> share = 1 / static_cast<Compute<T>>(r.ratio * r.ratio);
    for (int32_t i = 0; i < r.ratio; ++i)
      for (int32_t j = 0; j < r.ratio; ++j) {
        const auto s = bilinear_sample(frame.sample_y(bin / r.bins, i, r.ratio),
                                       frame.sample_x(bin % r.bins, j, r.ratio), r.heights[l], r.widths[l]);
        if (!s.inside) continue;
        const auto top_left = read_lanes<N>(map + (s.top * width + s.left) * channels);
        const auto top_right = read_lanes<N>(map + (s.top * width + s.right) * channels);
        const auto bottom_left = read_lanes<N>(map + (s.bottom * width + s.left) * channels);
        const auto bottom_right = read_lanes<N>(map + (s.bottom * width + s.right) * channels);
        const Compute<T> a = s.w_top_left * share, b = s.w_top_right * share, d = s.w_bottom_left * share,
                         e = s.w_bottom_right * share;
        for (int64_t c = 0; c < lanes.count(); ++c)
          sum[c] = sum[c] + (a * top_left[c] + b * top_right[c] + d * bottom_left[c] + e * bottom_right[c]);
      }
    sum.write();
  }
};

/// Weight of pixel `i` along one axis for a sample at `at`, as in bilinear_sample; 0 outside.
template <class T>
INTERTWINER_HD T axis_weight(T at, int32_t i, int32_t size) {
  if (!(at >= -1 && at <= static_cast<T>(size))) return 0;
  if (at < 0) at = 0;
  const int32_t low = static_cast<int32_t>(at);
  if (low >= size - 1) return i == size - 1 ? T{1} : T{0};
  const T high_weight = at - static_cast<T>(low);
  return i == low ? 1 - high_weight : i == low + 1 ? high_weight : T{0};
}

/// Neighbouring pixels or bins along one axis: [begin, end).
struct AxisRange {
  int32_t begin, end;
  INTERTWINER_HD bool holds(int32_t i) const { return begin <= i && i < end; }
};

/// A range of pixels that contains all with a weight other than 0 for a sample between `first` and `last`.
template <class T>
INTERTWINER_HD AxisRange pixels_near(T first, T last, int32_t size) {
  const T low = first < last ? first : last, high = first < last ? last : first;  // a box may be upside down
  const T last_pixel = static_cast<T>(size - 1);
  if (!(high >= -1 && low <= last_pixel + 1)) return {0, 0};  // outside, or not a number
  return {low <= 0           ? 0
          : low < last_pixel ? static_cast<int32_t>(low)
                             : size - 1,
          high < last_pixel ? static_cast<int32_t>(high) + 2 : size};
}

/// A range of bins that contains all that give pixel `i` a weight other than 0. Bin b's samples lie between start +
/// b·bin_size and start + (b + 1)·bin_size, and reach the pixels at most 1 away.
template <class T>
INTERTWINER_HD AxisRange bins_near(int32_t i, int32_t size, T start, T bin_size, int32_t bins) {
  if (!(bin_size > T(0.125))) return {0, bins};  // small bins: most are near; or the box is upside down
  constexpr T kRounding = 0.0625;                // more than samples can be wrong, for sides below 2^15 pixels
  const T low = static_cast<T>(i - 1), high = static_cast<T>(i >= size - 1 ? size : i + 1);
  const T first = (low - start) / bin_size - kRounding, last = (high - start) / bin_size + kRounding;
  return {first > 0 ? static_cast<int32_t>(first) : 0,
          last < static_cast<T>(bins) ? static_cast<int32_t>(last) + 1 : bins};
}

/// Rows and columns of pixels that a region's samples reach. A GPU reads it at once.
struct alignas(kPackAlignment) RegionExtent {
  AxisRange rows, columns;
};

/// Finds a region's extent, and its key image·levels + level: −1 for a region that reaches no pixel. The index is a
/// region.
template <class T>
struct FindExtent {
  [[no_unique_address]] NamedFields named{};
  int32_t levels;
  RegionsOnMaps<T> r;
  int32_t* key;
  RegionExtent* extent;

  INTERTWINER_HD void operator()(int64_t region) const {
    const int32_t l = r.level[region];
    key[region] = -1;
    if (l < 0) return;
    const RegionFrame<T> frame = r.frame(region);
    const int32_t bin = r.bins - 1, sample = r.ratio - 1;
    const RegionExtent found{
        pixels_near(frame.sample_y(0, 0, r.ratio), frame.sample_y(bin, sample, r.ratio), r.heights[l]),
        pixels_near(frame.sample_x(0, 0, r.ratio), frame.sample_x(bin, sample, r.ratio), r.widths[l])};
    extent[region] = found;
    if (found.rows.begin < found.rows.end && found.columns.begin < found.columns.end)
      key[region] = r.image[region] * levels + l;
  }
};

constexpr int32_t kRegionsPerWord = 64;

/// For each 64 regions of `sorted`, a bit: 1 if the region reaches a line. Lines are a map's rows, then its columns.
/// Regions of other maps have bits too, without meaning. The index is (word, line).
struct RegionBits {
  [[no_unique_address]] NamedFields named{};
  const RegionExtent* extent;
  const int32_t *sorted, *count;  // one count: the rest of `sorted` is undefined
  int32_t height, lines;
  int64_t* bits;

  INTERTWINER_HD void operator()(int64_t index) const {
    const auto line = static_cast<int32_t>(index % lines),
               begin = static_cast<int32_t>(index / lines) * kRegionsPerWord;
    uint64_t found = 0;
    for (int32_t b = 0; b < kRegionsPerWord && begin + b < *count; ++b) {
      const RegionExtent reached = extent[sorted[begin + b]];
      const bool reaches = line < height ? reached.rows.holds(line) : reached.columns.holds(line - height);
      found |= uint64_t{reaches} << b;
    }
    bits[index] = static_cast<int64_t>(found);
  }
};

/// Position of the lowest bit that is 1.
INTERTWINER_HD inline int32_t lowest_bit(uint64_t word) {
#ifdef __CUDA_ARCH__
  return __ffsll(static_cast<long long>(word)) - 1;
#else
  return std::countr_zero(word);
#endif
}

/// Gradient of the map of `level`. The index is a pixel's lanes. It gathers from the regions that reach its row and
/// column, in order. Those of its image and level are sorted[first[key]] to sorted[first[key + 1] − 1] (FindExtent's
/// key). A sample's weight is the product of its weights along the two axes.
template <class T, int N>
struct RoiAlignGradient {
  [[no_unique_address]] NamedFields named{};
  int32_t level, levels;
  RegionsOnMaps<Compute<T>> r;
  const int32_t *first, *sorted;
  const int64_t* bits;  // RegionBits of this map
  int64_t channels;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, channels);
    const int32_t height = r.heights[level], width = r.widths[level];
    const int64_t line = lanes.row / width, key = line / height * levels + level;
    const auto y = static_cast<int32_t>(line % height), x = static_cast<int32_t>(lanes.row % width);
    LaneValues<T, N> sum(dx + lanes.row * channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int32_t word = first[key] / kRegionsPerWord; word * kRegionsPerWord < first[key + 1]; ++word) {
      const int64_t* of_word = bits + static_cast<int64_t>(word) * (height + width);
      auto reaching = static_cast<uint64_t>(of_word[y] & of_word[height + x]);
      for (; reaching != 0; reaching &= reaching - 1) {  // the last step drops the lowest bit
        const int32_t k = word * kRegionsPerWord + lowest_bit(reaching);
        if (first[key] <= k && k < first[key + 1]) add(sorted[k], y, x, lanes, sum);
      }
    }
    sum.write();
  }

 private:
  /// Adds the samples of one region, bin by bin.
  INTERTWINER_HD void add(int64_t region, int32_t y, int32_t x, const Lanes<N>& lanes, LaneValues<T, N>& sum) const {
    const RegionFrame<Compute<T>> frame = r.frame(region);
    const int32_t height = r.heights[level], width = r.widths[level];
    const AxisRange rows = bins_near(y, height, frame.y1, frame.bin_height, r.bins),
                    columns = bins_near(x, width, frame.x1, frame.bin_width, r.bins);
    const Compute<T> share = 1 / static_cast<Compute<T>>(r.ratio * r.ratio);
    for (int32_t by = rows.begin; by < rows.end; ++by)
      for (int32_t bx = columns.begin; bx < columns.end; ++bx)
        for (int32_t i = 0; i < r.ratio; ++i) {
          const Compute<T> down = axis_weight(frame.sample_y(by, i, r.ratio), y, height);
          if (down == 0) continue;
          for (int32_t j = 0; j < r.ratio; ++j) {
            const Compute<T> weight = down * axis_weight(frame.sample_x(bx, j, r.ratio), x, width) * share;
            if (weight == 0) continue;
            const auto from = read_lanes<N>(dy + ((region * r.bins + by) * r.bins + bx) * channels + lanes.begin);
            for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + weight * from[c];
          }
        }
  }
};

}  // namespace intertwiner::kernels
