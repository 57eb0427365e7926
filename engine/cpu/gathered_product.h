// A convolution as a matrix product whose left rows are gathered from an image.
//
// Every output pixel (n, y, x) of a grid is a sum over taps t. Each term is the source pixel (n, y·step + dy_t, x·step
// + dx_t), a row of C channels, times the C×K matrix of tap t. Pixels outside the source count as zeros. This covers
//   - the forward pass:   step = stride, a tap at (r − padding, s − padding) for each filter element;
//   - the data gradient:  one grid for each remainder of the input pixel by the stride, with the taps that meet it;
//   - a linear layer or matrix product: one tap, pixels in a row.
// The weight gradient is the transposed product over the same gathered rows.
//
// ProductCode says whose loops compute these products: ours (engine/x86/) or Eigen's (engine/eigen/).
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu {

/// out = gathered rows · filter, for every pixel of the grid.
template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter);

/// gradient = leftᵀ · gathered rows.
template <class T>
void gathered_outer(const GatheredOuter<T>& outer);

}  // namespace intertwiner::cpu
