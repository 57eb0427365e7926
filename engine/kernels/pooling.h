// Index functions of pooling and resampling. In the forward pass the index is an output pixel's lanes
// (engine/kernels/lanes.h), of its channels. In the backward pass it is an input pixel's, which gather the gradients of
// the outputs that read it; so no two indices write one sum.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/lanes.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Row i and column j of image n.
struct Pixel {
  int64_t n, i, j;

  /// The pixel's position in maps of this size gives the pixel.
  INTERTWINER_HD Pixel(int64_t position, int64_t height, int64_t width)
      : n(position / width / height), i(position / width % height), j(position % width) {}
};

/// Sizes of a map and of the smaller map computed from it.
struct PoolSizes {
  [[no_unique_address]] NamedFields named{};
  int64_t height, width, out_height, out_width, channels;

  INTERTWINER_HD Pixel in_pixel(int64_t position) const { return {position, height, width}; }
  INTERTWINER_HD Pixel out_pixel(int64_t position) const { return {position, out_height, out_width}; }
  /// Position of a pixel's first channel.
  INTERTWINER_HD int64_t in_at(int64_t n, int64_t i, int64_t j) const {
    return ((n * height + i) * width + j) * channels;
  }
  INTERTWINER_HD int64_t out_at(int64_t n, int64_t i, int64_t j) const {
    return ((n * out_height + i) * out_width + j) * channels;
  }
};

struct PoolWindow {
  [[no_unique_address]] NamedFields named{};
  int64_t size, stride, padding;
};

/// `position` stores each maximum's position in its window, size·row + column, for the gradient. Among equal values the
/// first is the maximum.
template <class T, int N>
struct MaxPool {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  PoolWindow w;
  const T* x;
  T* y;
  uint8_t* position;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    if constexpr (N > 0) {
      take_maxima<N>(lanes.row, lanes.begin);
    } else {
      constexpr int64_t kLanes = 16;  // channels at a time: maxima and positions stay in registers
      for (int64_t c = 0; c + kLanes <= s.channels; c += kLanes) take_maxima<kLanes>(lanes.row, c);
      for (int64_t c = s.channels / kLanes * kLanes; c < s.channels; ++c) take_maxima<1>(lanes.row, c);
    }
  }

 private:
  template <int64_t kLanes>
  INTERTWINER_HD void take_maxima(int64_t row, int64_t first_channel) const {
    const Pixel p = s.out_pixel(row);
    T best[kLanes] = {};
    int32_t where[kLanes];
    for (int64_t c = 0; c < kLanes; ++c) where[c] = -1;
    for (int64_t r = 0; r < w.size; ++r)
      for (int64_t q = 0; q < w.size; ++q) {
        const int64_t i = p.i * w.stride - w.padding + r, j = p.j * w.stride - w.padding + q;
        if (i < 0 || i >= s.height || j < 0 || j >= s.width) continue;
        const auto in = read_lanes<N>(x + s.in_at(p.n, i, j) + first_channel);
        const auto here = static_cast<int32_t>(w.size * r + q);
        for (int64_t c = 0; c < kLanes; ++c) {
          const bool better = where[c] < 0 || in[c] > best[c] || in[c] != in[c];  // NaN stays, as in ReLU
          best[c] = better ? in[c] : best[c];
          where[c] = better ? here : where[c];
        }
      }
    const int64_t out = row * s.channels + first_channel;
    LaneValues<T, N> max(y + out);
    LaneValues<uint8_t, N> max_position(position + out);
    for (int64_t c = 0; c < kLanes; ++c) max[c] = best[c];
    for (int64_t c = 0; c < kLanes; ++c) max_position[c] = static_cast<uint8_t>(where[c]);
    max.write();
    max_position.write();
  }
};

/// An input pixel lies in the windows that begin at most size − 1 pixels before it.
template <class T, int N>
struct MaxPoolGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  PoolWindow w;
  const uint8_t* position;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    LaneValues<T, N> sum(dx + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int64_t oy = first_window(p.i); oy <= (p.i + w.padding) / w.stride && oy < s.out_height; ++oy)
      for (int64_t ox = first_window(p.j); ox <= (p.j + w.padding) / w.stride && ox < s.out_width; ++ox) {
        const int64_t window = s.out_at(p.n, oy, ox) + lanes.begin;
        const int64_t row = p.i - oy * w.stride + w.padding, column = p.j - ox * w.stride + w.padding;
        const uint8_t here = static_cast<uint8_t>(w.size * row + column);
        const auto max_position = read_lanes<N>(position + window);
        const auto from = read_lanes<N>(dy + window);
        for (int64_t c = 0; c < lanes.count(); ++c) {
          const T gradient = from[c];  // read always, so that there is no branch
          sum[c] = sum[c] + (max_position[c] == here ? gradient : T{0});
        }
      }
    sum.write();
  }

  INTERTWINER_HD int64_t first_window(int64_t i) const {
    const int64_t begin = i + w.padding - w.size + 1;  // pixel where the first window that holds i begins
    return begin <= 0 ? 0 : (begin + w.stride - 1) / w.stride;
  }
};

template <class T, int N>
struct MeanPool2x2 {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.out_pixel(lanes.row);
    const T* in = x + s.in_at(p.n, 2 * p.i, 2 * p.j) + lanes.begin;
    const int64_t row = s.width * s.channels;
    const auto top_left = read_lanes<N>(in), top_right = read_lanes<N>(in + s.channels);
    const auto bottom_left = read_lanes<N>(in + row), bottom_right = read_lanes<N>(in + row + s.channels);
    LaneValues<T, N> mean(y + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c)
      mean[c] = (top_left[c] + top_right[c] + bottom_left[c] + bottom_right[c]) / 4;
    mean.write();
  }
};

template <class T, int N>
struct MeanPool2x2Gradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    const auto from = read_lanes<N>(dy + s.out_at(p.n, p.i / 2, p.j / 2) + lanes.begin);
    LaneValues<T, N> gradient(dx + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) gradient[c] = from[c] / 4;
    gradient.write();
  }
};

/// Bin `i` of `bins` over `size` pixels: [begin, end).
INTERTWINER_HD inline int64_t bin_begin(int64_t i, int64_t size, int64_t bins) { return i * size / bins; }
INTERTWINER_HD inline int64_t bin_end(int64_t i, int64_t size, int64_t bins) {
  return ((i + 1) * size + bins - 1) / bins;
}

template <class T, int N>
struct AdaptiveMean {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.out_pixel(lanes.row);
    const int64_t top = bin_begin(p.i, s.height, s.out_height), bottom = bin_end(p.i, s.height, s.out_height);
    const int64_t left = bin_begin(p.j, s.width, s.out_width), right = bin_end(p.j, s.width, s.out_width);
    LaneValues<T, N> sum(y + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int64_t i = top; i < bottom; ++i)
      for (int64_t j = left; j < right; ++j) {
        const auto in = read_lanes<N>(x + s.in_at(p.n, i, j) + lanes.begin);
        for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + in[c];
      }
    const Compute<T> area = static_cast<Compute<T>>((bottom - top) * (right - left));
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] / area;
    sum.write();
  }
};

template <class T, int N>
struct AdaptiveMeanGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    LaneValues<T, N> sum(dx + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int64_t oy = 0; oy < s.out_height; ++oy) {
      const int64_t top = bin_begin(oy, s.height, s.out_height), bottom = bin_end(oy, s.height, s.out_height);
      if (p.i < top || p.i >= bottom) continue;
      for (int64_t ox = 0; ox < s.out_width; ++ox) {
        const int64_t left = bin_begin(ox, s.width, s.out_width), right = bin_end(ox, s.width, s.out_width);
        if (p.j < left || p.j >= right) continue;
        const auto from = read_lanes<N>(dy + s.out_at(p.n, oy, ox) + lanes.begin);
        const Compute<T> area = static_cast<Compute<T>>((bottom - top) * (right - left));
        for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + from[c] / area;
      }
    }
    sum.write();
  }
};

/// Every Step-th pixel from the first, as many as the smaller map has. With Step 1 it is a crop.
template <class T, int N, int64_t Step>
struct Subsample {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.out_pixel(lanes.row);
    const auto in = read_lanes<N>(x + s.in_at(p.n, Step * p.i, Step * p.j) + lanes.begin);
    LaneValues<T, N> out(y + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) out[c] = in[c];
    out.write();
  }
};

template <class T, int N, int64_t Step>
struct SubsampleGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    LaneValues<T, N> out(dx + lanes.row * s.channels + lanes.begin);
    if (p.i % Step == 0 && p.j % Step == 0 && p.i / Step < s.out_height && p.j / Step < s.out_width) {
      const auto from = read_lanes<N>(dy + s.out_at(p.n, p.i / Step, p.j / Step) + lanes.begin);
      for (int64_t c = 0; c < lanes.count(); ++c) out[c] = from[c];
    } else {
      for (int64_t c = 0; c < lanes.count(); ++c) out[c] = 0;
    }
    out.write();
  }
};

template <class T, int N>
using EverySecondPixel = Subsample<T, N, 2>;
template <class T, int N>
using EverySecondPixelGradient = SubsampleGradient<T, N, 2>;
template <class T, int N>
using Crop = Subsample<T, N, 1>;
template <class T, int N>
using CropGradient = SubsampleGradient<T, N, 1>;

/// Here `height`, `width` are the fine map's and `out_height`, `out_width` the coarse one's.
template <class T, int N>
struct AddUpsampled {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T *fine, *coarse;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    const int64_t ci = p.i * s.out_height / s.height, cj = p.j * s.out_width / s.width,
                  at = lanes.row * s.channels + lanes.begin;
    const auto own = read_lanes<N>(fine + at), from = read_lanes<N>(coarse + s.out_at(p.n, ci, cj) + lanes.begin);
    LaneValues<T, N> sum(y + at);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = own[c] + from[c];
    sum.write();
  }
};

template <class T, int N>
struct UpsampledGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dcoarse;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.out_pixel(lanes.row);
    LaneValues<T, N> sum(dcoarse + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    // Fine pixel i reads coarse pixel ⌊i·h/H⌋, so the fine pixels of row p.i are those from ⌈p.i·H/h⌉ on.
    const int64_t top = first_fine(p.i, s.height, s.out_height), bottom = first_fine(p.i + 1, s.height, s.out_height);
    const int64_t left = first_fine(p.j, s.width, s.out_width), right = first_fine(p.j + 1, s.width, s.out_width);
    for (int64_t i = top; i < bottom; ++i)
      for (int64_t j = left; j < right; ++j) {
        const auto from = read_lanes<N>(dy + s.in_at(p.n, i, j) + lanes.begin);
        for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + from[c];
      }
    sum.write();
  }

  INTERTWINER_HD static int64_t first_fine(int64_t coarse_index, int64_t fine, int64_t coarse) {
    return (coarse_index * fine + coarse - 1) / coarse;
  }
};

}  // namespace intertwiner::kernels
