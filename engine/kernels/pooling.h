// Index functions of pooling and resampling. Forward, the index is an output pixel. Backward, it is an input pixel,
// which gathers the gradients of the outputs that read it, so that no two indices write one sum. Each goes over the
// channels.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Sizes of a map and of the smaller one made from it.
struct PoolSizes {
  [[no_unique_address]] NamedFields named{};
  int64_t height, width, out_height, out_width, channels;
};

struct PoolWindow {
  [[no_unique_address]] NamedFields named{};
  int64_t size, stride, padding;
};

/// `position` keeps where in its window each maximum was, size·row + column, for the gradient; null keeps nothing. Of
/// equal values the first is taken.
template <class T>
struct MaxPool {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  PoolWindow w;
  const T* x;
  T* y;
  uint8_t* position;

  INTERTWINER_HD void operator()(int64_t index) const {
    constexpr int64_t kLanes = 16;  // channels at a time: maxima and positions stay in registers
    for (int64_t c = 0; c + kLanes <= s.channels; c += kLanes) take_maxima<kLanes>(index, c);
    for (int64_t c = s.channels / kLanes * kLanes; c < s.channels; ++c) take_maxima<1>(index, c);
  }

 private:
  template <int64_t kLanes>
  INTERTWINER_HD void take_maxima(int64_t index, int64_t first_channel) const {
    const int64_t n = index / (s.out_height * s.out_width), oy = index / s.out_width % s.out_height,
                  ox = index % s.out_width;
    T best[kLanes] = {};
    int32_t where[kLanes];
    for (int64_t c = 0; c < kLanes; ++c) where[c] = -1;
    for (int64_t r = 0; r < w.size; ++r)
      for (int64_t q = 0; q < w.size; ++q) {
        const int64_t i = oy * w.stride - w.padding + r, j = ox * w.stride - w.padding + q;
        if (i < 0 || i >= s.height || j < 0 || j >= s.width) continue;
        const T* in = x + ((n * s.height + i) * s.width + j) * s.channels + first_channel;
        const auto here = static_cast<int32_t>(w.size * r + q);
        for (int64_t c = 0; c < kLanes; ++c) {
          const bool better = where[c] < 0 || in[c] > best[c];
          best[c] = better ? in[c] : best[c];
          where[c] = better ? here : where[c];
        }
      }
    const int64_t out = index * s.channels + first_channel;
    for (int64_t c = 0; c < kLanes; ++c) y[out + c] = best[c];
    if (!position) return;
    for (int64_t c = 0; c < kLanes; ++c) position[out + c] = static_cast<uint8_t>(where[c]);
  }
};

/// An input pixel lies in the windows that begin at most size − 1 pixels before it.
template <class T>
struct MaxPoolGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  PoolWindow w;
  const uint8_t* position;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    T* __restrict out = dx + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) out[c] = 0;
    for (int64_t oy = first_window(i); oy <= (i + w.padding) / w.stride && oy < s.out_height; ++oy)
      for (int64_t ox = first_window(j); ox <= (j + w.padding) / w.stride && ox < s.out_width; ++ox) {
        const int64_t window = ((n * s.out_height + oy) * s.out_width + ox) * s.channels;
        const int64_t row = i - oy * w.stride + w.padding, column = j - ox * w.stride + w.padding;
        const uint8_t here = static_cast<uint8_t>(w.size * row + column);
        for (int64_t c = 0; c < s.channels; ++c) {
          const T gradient = dy[window + c];  // read always, so that there is no branch
          out[c] = out[c] + (position[window + c] == here ? gradient : T{0});
        }
      }
  }

  INTERTWINER_HD int64_t first_window(int64_t i) const {
    const int64_t begin = i + w.padding - w.size + 1;  // pixel where the first window that holds i begins
    return begin <= 0 ? 0 : (begin + w.stride - 1) / w.stride;
  }
};

template <class T>
struct MeanPool2x2 {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.out_height * s.out_width), oy = index / s.out_width % s.out_height,
                  ox = index % s.out_width;
    const int64_t row = s.width * s.channels;
    const T* in = x + ((n * s.height + 2 * oy) * s.width + 2 * ox) * s.channels;
    T* out = y + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c)
      out[c] = (in[c] + in[c + s.channels] + in[c + row] + in[c + row + s.channels]) / 4;
  }
};

template <class T>
struct MeanPool2x2Gradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    const T* from = dy + ((n * s.out_height + i / 2) * s.out_width + j / 2) * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) dx[index * s.channels + c] = from[c] / 4;
  }
};

/// Bin `i` of `bins` over `size` pixels: [begin, end).
INTERTWINER_HD inline int64_t bin_begin(int64_t i, int64_t size, int64_t bins) { return i * size / bins; }
INTERTWINER_HD inline int64_t bin_end(int64_t i, int64_t size, int64_t bins) {
  return ((i + 1) * size + bins - 1) / bins;
}

template <class T>
struct AdaptiveMean {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.out_height * s.out_width), oy = index / s.out_width % s.out_height,
                  ox = index % s.out_width;
    const int64_t top = bin_begin(oy, s.height, s.out_height), bottom = bin_end(oy, s.height, s.out_height);
    const int64_t left = bin_begin(ox, s.width, s.out_width), right = bin_end(ox, s.width, s.out_width);
    T* out = y + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) out[c] = 0;
    for (int64_t i = top; i < bottom; ++i)
      for (int64_t j = left; j < right; ++j) {
        const T* in = x + ((n * s.height + i) * s.width + j) * s.channels;
        for (int64_t c = 0; c < s.channels; ++c) out[c] = out[c] + in[c];
      }
    const T area = static_cast<T>((bottom - top) * (right - left));
    for (int64_t c = 0; c < s.channels; ++c) out[c] = out[c] / area;
  }
};

template <class T>
struct AdaptiveMeanGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    T* out = dx + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) out[c] = 0;
    for (int64_t oy = 0; oy < s.out_height; ++oy) {
      const int64_t top = bin_begin(oy, s.height, s.out_height), bottom = bin_end(oy, s.height, s.out_height);
      if (i < top || i >= bottom) continue;
      for (int64_t ox = 0; ox < s.out_width; ++ox) {
        const int64_t left = bin_begin(ox, s.width, s.out_width), right = bin_end(ox, s.width, s.out_width);
        if (j < left || j >= right) continue;
        const T* from = dy + ((n * s.out_height + oy) * s.out_width + ox) * s.channels;
        const T area = static_cast<T>((bottom - top) * (right - left));
        for (int64_t c = 0; c < s.channels; ++c) out[c] = out[c] + from[c] / area;
      }
    }
  }
};

/// Every Step-th pixel from the first, as many as the smaller map has. With Step 1 it is a crop.
template <class T, int64_t Step>
struct Subsample {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.out_height * s.out_width), i = index / s.out_width % s.out_height,
                  j = index % s.out_width;
    const T* in = x + ((n * s.height + Step * i) * s.width + Step * j) * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) y[index * s.channels + c] = in[c];
  }
};

template <class T, int64_t Step>
struct SubsampleGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    const bool read = i % Step == 0 && j % Step == 0 && i / Step < s.out_height && j / Step < s.out_width;
    const T* from = dy + ((n * s.out_height + i / Step) * s.out_width + j / Step) * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) dx[index * s.channels + c] = read ? from[c] : T{0};
  }
};

template <class T>
using EverySecondPixel = Subsample<T, 2>;
template <class T>
using EverySecondPixelGradient = SubsampleGradient<T, 2>;
template <class T>
using Crop = Subsample<T, 1>;
template <class T>
using CropGradient = SubsampleGradient<T, 1>;

/// Here `height`, `width` are the fine map's and `out_height`, `out_width` the coarse one's.
template <class T>
struct AddUpsampled {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T *fine, *coarse;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    const int64_t ci = i * s.out_height / s.height, cj = j * s.out_width / s.width;
    const T* from = coarse + ((n * s.out_height + ci) * s.out_width + cj) * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) y[index * s.channels + c] = fine[index * s.channels + c] + from[c];
  }
};

template <class T>
struct UpsampledGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dcoarse;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.out_height * s.out_width), ci = index / s.out_width % s.out_height,
                  cj = index % s.out_width;
    T* out = dcoarse + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) out[c] = 0;
    // Fine pixel i reads coarse pixel ⌊i·h/H⌋, so the fine pixels of ci are those from ⌈ci·H/h⌉ on.
    const int64_t top = first_fine(ci, s.height, s.out_height), bottom = first_fine(ci + 1, s.height, s.out_height);
    const int64_t left = first_fine(cj, s.width, s.out_width), right = first_fine(cj + 1, s.width, s.out_width);
    for (int64_t i = top; i < bottom; ++i)
      for (int64_t j = left; j < right; ++j) {
        const T* from = dy + ((n * s.height + i) * s.width + j) * s.channels;
        for (int64_t c = 0; c < s.channels; ++c) out[c] = out[c] + from[c];
      }
  }

  INTERTWINER_HD static int64_t first_fine(int64_t coarse_index, int64_t fine, int64_t coarse) {
    return (coarse_index * fine + coarse - 1) / coarse;
  }
};

}  // namespace intertwiner::kernels
