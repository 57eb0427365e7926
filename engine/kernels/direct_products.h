// Index functions of products and convolutions by their definition, for devices and types without a library. The index
// is an element of the result. Sums are taken in double precision.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Images N×H×W×C, filters K×R×S×C, results N×P×Q×K.
struct ConvolutionSizes {
  [[no_unique_address]] NamedFields named{};
  int64_t h, w, c, k, r, s, p, q, n;
  int64_t stride, padding, dilation;
};

template <class T>
struct DirectConvolution {
  [[no_unique_address]] NamedFields named{};
  ConvolutionSizes z;
  const T *x, *filter;
  const Compute<T>*scale, *shift;  // null: left out
  const T* residual;               // null: left out
  bool relu;
  T* y;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t k = index % z.k, q = index / z.k % z.q, p = index / (z.k * z.q) % z.p, n = index / (z.k * z.q * z.p);
    double sum = 0;
    for (int64_t r = 0; r < z.r; ++r)
      for (int64_t s = 0; s < z.s; ++s) {
        const int64_t i = p * z.stride - z.padding + r * z.dilation, j = q * z.stride - z.padding + s * z.dilation;
        if (i < 0 || i >= z.h || j < 0 || j >= z.w) continue;
        const T* from = x + ((n * z.h + i) * z.w + j) * z.c;
        const T* by = filter + ((k * z.r + r) * z.s + s) * z.c;
        for (int64_t c = 0; c < z.c; ++c) sum += static_cast<double>(from[c]) * static_cast<double>(by[c]);
      }
    Compute<T> value = static_cast<Compute<T>>(sum);
    if (scale) value *= scale[k];
    if (shift) value += shift[k];
    if (residual) value += residual[index];
    y[index] = relu && value < 0 ? Compute<T>{0} : value;
  }
};

template <class T>
struct DirectDataGradient {
  [[no_unique_address]] NamedFields named{};
  ConvolutionSizes z;
  const T *dy, *filter;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t c = index % z.c, j = index / z.c % z.w, i = index / (z.c * z.w) % z.h, n = index / (z.c * z.w * z.h);
    double sum = 0;
    for (int64_t r = 0; r < z.r; ++r)
      for (int64_t s = 0; s < z.s; ++s) {
        const int64_t y = i + z.padding - r * z.dilation, x = j + z.padding - s * z.dilation;
        if (y < 0 || x < 0 || y % z.stride != 0 || x % z.stride != 0) continue;
        const int64_t p = y / z.stride, q = x / z.stride;
        if (p >= z.p || q >= z.q) continue;
        const T* from = dy + ((n * z.p + p) * z.q + q) * z.k;
        for (int64_t k = 0; k < z.k; ++k)
          sum += static_cast<double>(from[k]) * filter[((k * z.r + r) * z.s + s) * z.c + c];
      }
    dx[index] = static_cast<T>(static_cast<Compute<T>>(sum));
  }
};

template <class T>
struct DirectWeightGradient {
  [[no_unique_address]] NamedFields named{};
  ConvolutionSizes z;
  const T *x, *dy;
  Compute<T>* dw;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t c = index % z.c, s = index / z.c % z.s, r = index / (z.c * z.s) % z.r, k = index / (z.c * z.s * z.r);
    double sum = 0;
    for (int64_t n = 0; n < z.n; ++n)
      for (int64_t p = 0; p < z.p; ++p)
        for (int64_t q = 0; q < z.q; ++q) {
          const int64_t i = p * z.stride - z.padding + r * z.dilation, j = q * z.stride - z.padding + s * z.dilation;
          if (i < 0 || i >= z.h || j < 0 || j >= z.w) continue;
          sum += static_cast<double>(x[((n * z.h + i) * z.w + j) * z.c + c]) * dy[((n * z.p + p) * z.q + q) * z.k + k];
        }
    dw[index] = static_cast<Compute<T>>(sum);
  }
};

/// Element (batch, i, j) of a·b. `a_row` and `a_column` are the steps from one row and one column of a to the next.
template <class T, class Out>
struct DirectProduct {
  [[no_unique_address]] NamedFields named{};
  const T *a, *b;
  int64_t m, k, n, a_row, a_column, b_row, b_column;
  bool adds;  ///< to `out`
  Out* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t j = index % n, i = index / n % m, batch = index / (n * m);
    const T* left = a + batch * m * k + i * a_row;
    const T* right = b + batch * k * n + j * b_column;
    double sum = 0;
    for (int64_t l = 0; l < k; ++l) sum += static_cast<double>(left[l * a_column]) * right[l * b_row];
    const Compute<T> product = static_cast<Compute<T>>(sum);
    out[index] = static_cast<Out>(adds ? static_cast<Compute<T>>(out[index]) + product : product);
  }
};

}  // namespace intertwiner::kernels
