// A convolution, seen as a matrix product whose left rows are gathered from an image.
//
// Every output pixel (n, y, x) of a grid is a sum over taps t of the source pixel (n, y·step + dy_t, x·step + dx_t), a
// row of C channels, times the C×K matrix of that tap. Pixels outside the source count as zeros. That one form is
//   - the forward pass:   step = stride, a tap at (r − padding, s − padding) for each filter element;
//   - the data gradient:  one grid for each remainder of the input pixel by the stride, with the taps that meet it;
//   - a linear layer or matrix product: one tap, pixels in a row.
// The weight gradient is the transposed product over the same gathered rows.
#pragma once
#include <cstdint>
#include <vector>

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

/// Where output pixel (n, y, x) is written: ((n·full_height + y·step + first_y)·full_width + x·step + first_x)·columns.
struct Scatter {
  int64_t full_height, full_width;
  int64_t step = 1, first_y = 0, first_x = 0;
};

/// What is done to each sum before it is stored: (sum · scale + shift + residual), then ReLU. Null: left out.
template <class T>
struct Epilogue {
  const T* scale = nullptr;     ///< a factor for each column
  const T* shift = nullptr;     ///< an addend for each column
  const T* residual = nullptr;  ///< laid out as the output
  bool relu = false;
};

/// Matrices of a filter, [index][channels][columns] after a permutation given by strides, packed for the kernels.
template <class T>
struct FilterView {
  const T* data;
  int64_t index_stride, channel_stride, column_stride;
  int64_t columns;
};

/// out = gathered rows · filter, for every pixel of the grid.
template <class T>
void gather_product(const Gather& gather, const T* source, const FilterView<T>& filter, const Scatter& scatter,
                    const Epilogue<T>& epilogue, T* out);

/// gradient[k][t][c] = sum over pixels of left[pixel][k] · gathered row t[c]. `left` has one row of `left_columns` for
/// each grid pixel in order; `gradient` has left_columns × taps × channels elements, the tap in its place by `index`,
/// and is overwritten.
template <class T>
void gather_outer(const Gather& gather, const T* source, const T* left, int64_t left_columns, T* gradient);

}  // namespace intertwiner::cpu
