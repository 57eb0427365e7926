// Index functions of rows taken by number, and of matrices transposed.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// y[r] = x[index[r]], zeros where index[r] is negative. The index is a row of y.
template <class T>
struct SelectRows {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t* index;
  int64_t width;
  T* y;

  INTERTWINER_HD void operator()(int64_t r) const {
    for (int64_t i = 0; i < width; ++i) y[r * width + i] = index[r] < 0 ? T{0} : x[index[r] * width + i];
  }
};

/// dx[row] = Σ dy[r] over the rows r of y that are copies of it, in order: copies[first[row]] to
/// copies[first[row + 1] − 1]. The index is a row of x.
template <class T>
struct SelectRowsGradient {
  [[no_unique_address]] NamedFields named{};
  const T* dy;
  const int32_t *first, *copies;
  int64_t width;
  T* dx;

  INTERTWINER_HD void operator()(int64_t row) const {
    T* out = dx + row * width;
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    for (int32_t k = first[row]; k < first[row + 1]; ++k)
      for (int64_t i = 0; i < width; ++i) out[i] = out[i] + dy[copies[k] * width + i];
  }
};

/// Each matrix a×b of a stack becomes b×a. The index is a row of the result.
template <class T>
struct Transpose {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  int64_t a, b;
  T* y;

  INTERTWINER_HD void operator()(int64_t row) const {
    const T* column = x + row / b * a * b + row % b;
    for (int64_t i = 0; i < a; ++i) y[row * a + i] = column[i * b];
  }
};

}  // namespace intertwiner::kernels
