// Index functions of bilinear resizing with half-pixel centres. As in pooling.h, the index is an output pixel forward,
// and backward an input pixel, which gathers the gradients of the outputs that read it. Both go over the channels.
#pragma once
#include "engine/bfloat16.h"
#include "engine/kernels/named_fields.h"
#include "engine/kernels/pooling.h"

namespace intertwiner::kernels {

/// Output pixel `i` of `out` reads an axis of `in` pixels between `low` and `high`; `weight` is that of `high`.
template <class T>
struct BilinearTap {
  int64_t low, high;
  T weight;

  INTERTWINER_HD BilinearTap(int64_t i, int64_t in, int64_t out) {
    const double at = (static_cast<double>(i) + 0.5) * (static_cast<double>(in) / static_cast<double>(out)) - 0.5;
    const double inside = at > 0 ? at : 0;
    low = static_cast<int64_t>(inside);
    high = low + 1 < in ? low + 1 : in - 1;
    weight = static_cast<T>(inside - static_cast<double>(low));
  }
  /// The weight of input pixel `j` in this output.
  INTERTWINER_HD T of(int64_t j) const { return (j == low ? 1 - weight : T{0}) + (j == high ? weight : T{0}); }
};

/// Outputs that may read input pixel `j`: [begin, end).
INTERTWINER_HD inline int64_t first_reader(int64_t j, int64_t in, int64_t out) {
  const int64_t i = ((2 * j - 1) * out) / (2 * in) - 1;
  return j == 0 || i < 0 ? 0 : i;
}
INTERTWINER_HD inline int64_t last_reader(int64_t j, int64_t in, int64_t out) {
  const int64_t i = ((2 * j + 3) * out) / (2 * in) + 1;
  return j == in - 1 || i > out ? out : i;
}

template <class T>
struct Bilinear {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.out_height * s.out_width);
    const BilinearTap<Compute<T>> row(index / s.out_width % s.out_height, s.height, s.out_height);
    const BilinearTap<Compute<T>> column(index % s.out_width, s.width, s.out_width);
    const T* top = x + (n * s.height + row.low) * s.width * s.channels;
    const T* bottom = x + (n * s.height + row.high) * s.width * s.channels;
    const int64_t left = column.low * s.channels, right = column.high * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) {
      const Compute<T> above = (1 - column.weight) * top[left + c] + column.weight * top[right + c];
      const Compute<T> below = (1 - column.weight) * bottom[left + c] + column.weight * bottom[right + c];
      y[index * s.channels + c] = (1 - row.weight) * above + row.weight * below;
    }
  }
};

template <class T>
struct BilinearGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / (s.height * s.width), i = index / s.width % s.height, j = index % s.width;
    T* out = dx + index * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) out[c] = 0;
    for (int64_t oy = first_reader(i, s.height, s.out_height); oy < last_reader(i, s.height, s.out_height); ++oy) {
      const Compute<T> down = BilinearTap<Compute<T>>(oy, s.height, s.out_height).of(i);
      if (down == 0) continue;
      for (int64_t ox = first_reader(j, s.width, s.out_width); ox < last_reader(j, s.width, s.out_width); ++ox) {
        const Compute<T> weight = down * BilinearTap<Compute<T>>(ox, s.width, s.out_width).of(j);
        if (weight == 0) continue;
        const T* from = dy + ((n * s.out_height + oy) * s.out_width + ox) * s.channels;
        for (int64_t c = 0; c < s.channels; ++c) out[c] = out[c] + weight * from[c];
      }
    }
  }
};

}  // namespace intertwiner::kernels
