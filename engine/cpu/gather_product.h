// A convolution, seen as a matrix product whose left rows are gathered from an image.
//
// Every output pixel (n, y, x) of a grid is a sum over taps t: the source pixel (n, y·step + dy_t, x·step + dx_t), a
// row of C channels, times the C×K matrix of that tap. Pixels outside the source count as zeros. This covers
//   - the forward pass:   step = stride, a tap at (r − padding, s − padding) for each filter element;
//   - the data gradient:  one grid for each remainder of the input pixel by the stride, with the taps that meet it;
//   - a linear layer or matrix product: one tap, pixels in a row.
// The weight gradient is the transposed product over the same gathered rows.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu {

/// out = gathered rows · filter, for every pixel of the grid.
template <class T>
void gather_product(const GatherProduct<T>& product, const Scatter& scatter);

template <class T>
void gather_outer(const GatherOuter<T>& outer);

}  // namespace intertwiner::cpu
