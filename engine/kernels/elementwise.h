// Index functions of element-by-element arithmetic.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner::kernels {

template <class T>
struct Add {
  const T *a, *b;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = a[i] + b[i]; }
};

template <class T>
struct Combine {
  const T *a, *b;
  T p, q;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = p * a[i] + q * b[i]; }
};

template <class T>
struct Scale {
  const T* x;
  T factor;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = factor * x[i]; }
};

template <class T>
struct Relu {
  const T* x;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = x[i] < 0 ? T{0} : x[i]; }  // NaN stays NaN
};

template <class T>
struct ReluGradient {
  const T *y, *dy;
  T* dx;
  INTERTWINER_HD void operator()(int64_t i) const {
    const T gradient = dy[i];  // read in any case: a branch around it would keep registers from being filled
    dx[i] = y[i] > 0 ? gradient : T{0};
  }
};

template <class T>
struct Sigmoid {
  const T* x;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = 1 / (1 + std::exp(-x[i])); }
};

template <class T>
struct SigmoidGradient {
  const T *y, *dy;
  T* dx;
  INTERTWINER_HD void operator()(int64_t i) const { dx[i] = dy[i] * y[i] * (1 - y[i]); }
};

/// The index is a row of `columns` values.
template <class T>
struct SoftmaxGradient {
  const T *y, *dy;
  int64_t columns;
  T* dx;
  INTERTWINER_HD void operator()(int64_t r) const {
    T along = 0;
    for (int64_t c = 0; c < columns; ++c) along += y[r * columns + c] * dy[r * columns + c];
    for (int64_t c = 0; c < columns; ++c) dx[r * columns + c] = y[r * columns + c] * (dy[r * columns + c] - along);
  }
};

}  // namespace intertwiner::kernels
