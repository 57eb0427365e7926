// Index functions of rows taken by number and of matrices turned over.
#pragma once
#include <cstdint>

#include "engine/kernels/host_device.h"

namespace intertwiner::kernels {

/// y[r] = x[at[r]], zeros where at[r] is negative; the index is a row of y.
template <class T>
struct SelectRows {
  const T* x;
  const int32_t* at;
  int64_t width;
  T* y;

  INTERTWINER_HD void operator()(int64_t r) const {
    for (int64_t i = 0; i < width; ++i) y[r * width + i] = at[r] < 0 ? T{0} : x[at[r] * width + i];
  }
};

/// dx[row] = Σ dy[r] over the places r that took it, in order; the index is a row of x.
template <class T>
struct SelectRowsGradient {
  const T* dy;
  const int32_t *first, *places;
  int64_t width;
  T* dx;

  INTERTWINER_HD void operator()(int64_t row) const {
    T* out = dx + row * width;
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    for (int32_t k = first[row]; k < first[row + 1]; ++k)
      for (int64_t i = 0; i < width; ++i) out[i] = out[i] + dy[places[k] * width + i];
  }
};

/// Matrices a×b of a stack to b×a; the index is a row of the result.
template <class T>
struct Transpose {
  const T* x;
  int64_t a, b;
  T* y;

  INTERTWINER_HD void operator()(int64_t row) const {
    const T* column = x + row / b * a * b + row % b;
    for (int64_t i = 0; i < a; ++i) y[row * a + i] = column[i * b];
  }
};

}  // namespace intertwiner::kernels
