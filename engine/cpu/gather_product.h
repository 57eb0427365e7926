// A convolution, seen as a matrix product whose left rows are gathered from an image.
//
// Every output pixel (n, y, x) of a grid is a sum over taps t of the source pixel (n, y·step + dy_t, x·step + dx_t), a
// row of C channels, times the C×K matrix of that tap. Pixels outside the source count as zeros. That one form is
//   - the forward pass:   step = stride, a tap at (r − padding, s − padding) for each filter element;
//   - the data gradient:  one grid for each remainder of the input pixel by the stride, with the taps that meet it;
//   - a linear layer or matrix product: one tap, pixels in a row.
// The weight gradient is the transposed product over the same gathered rows.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu {

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
