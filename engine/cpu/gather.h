// Inputs and outputs of a gathered product: the geometry of a convolution, its filter, and its epilogue.
// gathered_product.h explains how a convolution becomes a gathered product.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/cpu/epilogue.h"
#include "engine/tensor.h"

namespace intertwiner::cpu {

struct Tap {
  int64_t dy, dx;  ///< offset in the source, pixels
  int64_t index;   ///< of the filter's matrix
};

/// Geometry: N grids of height×width output pixels, which read sources of source_height×source_width pixels.
struct Gather {
  int64_t images, height, width;
  int64_t source_height, source_width;
  int64_t channels;       ///< elements read from each source pixel
  int64_t source_stride;  ///< elements from one source pixel to the next
  int64_t step = 1;
  std::vector<Tap> taps;
};

/// Output pixel (n, y, x) is written to ((n·full_height + y·step + first_y)·full_width + x·step + first_x)·columns.
struct Scatter {
  int64_t full_height, full_width;
  int64_t step = 1, first_y = 0, first_x = 0;
};

/// Matrices of a filter, [index][channels][columns], with strides in memory.
template <class T>
struct FilterView {
  const T* data;
  int64_t index_stride, channel_stride, column_stride;
  int64_t columns;
  /// The tensor that contains `data`; undefined if its prepared form must not be kept
  /// (engine/backend/constant_weights.h).
  Tensor owner = {};
};

/// A product of gathered rows and a filter.
template <class T>
struct GatheredProduct {
  const Gather& gather;
  const T* source;
  const FilterView<T>& filter;
  Epilogue<T> epilogue;
  T* out;
};

/// gradient[k][t][c] = sum over pixels of left[pixel][k] · gathered row t[c]. `left` has one row of `left_columns`
/// values for each grid pixel, in order. `gradient` has left_columns × taps × channels elements, each tap at its
/// `index`, and is overwritten.
template <class T>
struct GatheredOuter {
  const Gather& gather;
  const T* source;
  const T* left;
  int64_t left_columns;
  T* gradient;
};

inline int64_t pixel_count(const Gather& gather) { return gather.images * gather.height * gather.width; }

/// Iterates over consecutive pixels of the grid.
struct PixelCursor {
  const Gather& gather;
  int64_t n, y, x;

  PixelCursor(const Gather& g, int64_t pixel)
      : gather(g), n(pixel / (g.height * g.width)), y(pixel / g.width % g.height), x(pixel % g.width) {}
  void advance() {
    if (++x < gather.width) return;
    x = 0;
    if (++y < gather.height) return;
    y = 0;
    ++n;
  }
};

template <class T>
const T* source_row(const Gather& gather, const T* source, const T* zeros, const PixelCursor& at, const Tap& tap) {
  const int64_t y = at.y * gather.step + tap.dy, x = at.x * gather.step + tap.dx;
  if (y < 0 || y >= gather.source_height || x < 0 || x >= gather.source_width) return zeros;
  return source + ((at.n * gather.source_height + y) * gather.source_width + x) * gather.source_stride;
}

}  // namespace intertwiner::cpu
