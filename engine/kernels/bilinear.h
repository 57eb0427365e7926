// Index functions of bilinear resizing with half-pixel centres. As in pooling.h, the index is an output pixel's lanes
// in the forward pass. In the backward pass it is an input pixel's, which gather the gradients of the outputs that read
// it.
#pragma once
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

template <class T, int N>
struct Bilinear {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* x;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.out_pixel(lanes.row);
    const BilinearTap<Compute<T>> row(p.i, s.height, s.out_height), column(p.j, s.width, s.out_width);
    const auto at = [&](int64_t i, int64_t j) { return read_lanes<N>(x + s.in_at(p.n, i, j) + lanes.begin); };
    const auto top_left = at(row.low, column.low), top_right = at(row.low, column.high);
    const auto bottom_left = at(row.high, column.low), bottom_right = at(row.high, column.high);
    LaneValues<T, N> out(y + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) {
      const Compute<T> above = (1 - column.weight) * top_left[c] + column.weight * top_right[c];
      const Compute<T> below = (1 - column.weight) * bottom_left[c] + column.weight * bottom_right[c];
      out[c] = (1 - row.weight) * above + row.weight * below;
    }
    out.write();
  }
};

template <class T, int N>
struct BilinearGradient {
  [[no_unique_address]] NamedFields named{};
  PoolSizes s;
  const T* dy;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, s.channels);
    const Pixel p = s.in_pixel(lanes.row);
    LaneValues<T, N> sum(dx + lanes.row * s.channels + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int64_t oy = first_reader(p.i, s.height, s.out_height); oy < last_reader(p.i, s.height, s.out_height); ++oy) {
      const Compute<T> down = BilinearTap<Compute<T>>(oy, s.height, s.out_height).of(p.i);
      if (down == 0) continue;
      for (int64_t ox = first_reader(p.j, s.width, s.out_width); ox < last_reader(p.j, s.width, s.out_width); ++ox) {
        const Compute<T> weight = down * BilinearTap<Compute<T>>(ox, s.width, s.out_width).of(p.j);
        if (weight == 0) continue;
        const auto from = read_lanes<N>(dy + s.out_at(p.n, oy, ox) + lanes.begin);
        for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + weight * from[c];
      }
    }
    sum.write();
  }
};

}  // namespace intertwiner::kernels
