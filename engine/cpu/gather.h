// What a gathered product reads and writes: the geometry of a convolution, its filter, and what follows each sum.
// gather_product.h says how a convolution becomes a gathered product.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "engine/backend/constant_filters.h"
#include "engine/cpu/micro_kernels.h"
#include "engine/tensor.h"

namespace intertwiner::cpu {

struct Tap {
  int64_t dy, dx;  ///< offset in the source, pixels
  int64_t index;   ///< which matrix of the filter
};

/// The geometry: N grids of height×width output pixels over sources of source_height×source_width pixels.
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

/// Matrices of a filter, [index][channels][columns], which lie in memory as the strides say.
template <class T>
struct FilterView {
  const T* data;
  int64_t index_stride, channel_stride, column_stride;
  int64_t columns;
  /// The tensor that `data` is part of, where its prepared form may be kept (engine/backend/constant_filters.h).
  Tensor whole = {};
};

/// A product of gathered rows and a filter: source pixels, the filter's matrices, what follows each sum, the output.
template <class T>
struct GatherProduct {
  const Gather& gather;
  const T* source;
  const FilterView<T>& filter;
  Epilogue<T> epilogue;
  T* out;
};

/// gradient[k][t][c] = sum over pixels of left[pixel][k] · gathered row t[c]. `left` has one row of `left_columns` for
/// each grid pixel in order. `gradient` has left_columns × taps × channels elements, each tap at its `index`, and is
/// overwritten.
template <class T>
struct GatherOuter {
  const Gather& gather;
  const T* source;
  const T* left;
  int64_t left_columns;
  T* gradient;
};

inline int64_t pixel_count(const Gather& gather) { return gather.images * gather.height * gather.width; }

/// Walks over consecutive pixels of the grid.
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

/// The filter in panels of `width` columns: [panel][tap][channel][width], zeros beyond the last column.
template <class T>
Tensor pack_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width);

/// The filter of `product` prepared by `make(filter, taps, channels, width)` for one algorithm, in panels of `width`
/// columns. It is kept where filters are constant.
enum class FilterUse { packed, winograd };
template <class T, class Make>
Tensor prepared_filter(FilterUse use, const GatherProduct<T>& product, int64_t width, const Make& make) {
  const FilterView<T>& filter = product.filter;
  const Gather& gather = product.gather;
  const auto prepare = [&] { return make(filter, gather.taps, gather.channels, width); };
  if (!filter.whole.defined()) return prepare();
  ConstantFilters::Layout layout{static_cast<int64_t>(use),
                                 gather.channels,
                                 width,
                                 filter.data - filter.whole.template data<T>(),
                                 filter.index_stride,
                                 filter.channel_stride,
                                 filter.column_stride,
                                 filter.columns};
  for (const Tap& tap : gather.taps) layout.push_back(tap.index);
  return ConstantFilters::prepared(filter.whole, layout, prepare);
}

/// `count` columns of one output pixel, from their sums.
template <class T>
void finish_row(T* out, const T* sums, int64_t count, const Epilogue<T>& epilogue) {
  for (int64_t j = 0; j < count; ++j) {
    T value = sums[j];
    if (epilogue.scale) value = value * epilogue.scale[j];
    if (epilogue.shift) value = value + epilogue.shift[j];
    if (epilogue.residual) value = value + epilogue.residual[j];
    out[j] = epilogue.relu && value < 0 ? T{0} : value;  // NaN stays NaN
  }
}

}  // namespace intertwiner::cpu
