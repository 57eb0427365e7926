// Index functions of element-by-element arithmetic.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"
#include "engine/kernels/pack.h"

namespace intertwiner::kernels {

template <class T>
struct Fill {
  [[no_unique_address]] NamedFields named{};
  T value;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = value; }
};

template <class From, class To>
struct Convert {
  [[no_unique_address]] NamedFields named{};
  const From* x;
  To* out;
  INTERTWINER_HD void operator()(int64_t i) const {
    out[i] = static_cast<To>(static_cast<Compute<To>>(static_cast<Compute<From>>(x[i])));
  }
};

/// The index is N elements.
template <class T, int N>
struct Add {
  [[no_unique_address]] NamedFields named{};
  const T *a, *b;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const {
    const auto x = read_pack<N>(a, i), y = read_pack<N>(b, i);
    Pack<T, N> sum;
    for (int k = 0; k < N; ++k) sum.at[k] = x.at[k] + y.at[k];
    write_pack<N>(out, i, sum);
  }
};

template <class T>
struct Combine {
  [[no_unique_address]] NamedFields named{};
  const T *a, *b;
  Compute<T> p, q;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = p * a[i] + q * b[i]; }
};

template <class T>
struct Scale {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  Compute<T> factor;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = factor * x[i]; }
};

/// Each block of `size` elements has a factor of its own.
template <class T>
struct ScaleBlocks {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const Compute<T>* factors;
  int64_t size;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = factors[i / size] * x[i]; }
};

template <class T>
struct Multiply {
  [[no_unique_address]] NamedFields named{};
  const T *a, *b;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = a[i] * b[i]; }
};

/// a / b in double precision; 0 where b is 0.
template <class From, class To>
struct Quotient {
  [[no_unique_address]] NamedFields named{};
  const From* a;
  const double* b;
  To* out;
  INTERTWINER_HD void operator()(int64_t i) const {
    out[i] = b[i] == 0 ? To{0} : static_cast<To>(static_cast<double>(a[i]) / b[i]);
  }
};

constexpr int kMaxTerms = 16;

/// Σ factors[k] · values[k][i] in double precision.
template <class T>
struct WeightedSum {
  [[no_unique_address]] NamedFields named{};
  const T* values[kMaxTerms];
  double factors[kMaxTerms];
  int terms;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const {
    double sum = 0;
    for (int k = 0; k < terms; ++k) sum += factors[k] * static_cast<double>(values[k][i]);
    out[i] = static_cast<T>(sum);
  }
};

/// Its gradients; the index is a term.
template <class T>
struct WeightedSumGradients {
  [[no_unique_address]] NamedFields named{};
  const T* dy;
  double factors[kMaxTerms];
  T* gradients;
  INTERTWINER_HD void operator()(int64_t k) const { gradients[k] = static_cast<T>(factors[k]) * *dy; }
};

/// Single values in one array; the index is a value.
template <class T>
struct GatherValues {
  [[no_unique_address]] NamedFields named{};
  const T* values[kMaxTerms];
  double* out;
  INTERTWINER_HD void operator()(int64_t k) const { out[k] = static_cast<double>(*values[k]); }
};

template <class T>
struct SquareRoot {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = std::sqrt(x[i]); }
};

template <class T>
struct Relu {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = x[i] < 0 ? T{0} : x[i]; }  // NaN stays NaN
};

template <class T>
struct ReluGradient {
  [[no_unique_address]] NamedFields named{};
  const T *y, *dy;
  T* dx;
  INTERTWINER_HD void operator()(int64_t i) const {
    const T gradient = dy[i];  // read always: with a branch around it the compiler would not vectorise the loop
    dx[i] = y[i] > 0 ? gradient : T{0};
  }
};

template <class T>
struct Sigmoid {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  T* out;
  INTERTWINER_HD void operator()(int64_t i) const { out[i] = 1 / (1 + std::exp(-x[i])); }
};

template <class T>
struct SigmoidGradient {
  [[no_unique_address]] NamedFields named{};
  const T *y, *dy;
  T* dx;
  INTERTWINER_HD void operator()(int64_t i) const { dx[i] = dy[i] * y[i] * (1 - y[i]); }
};

/// The index is a row of `columns` values.
template <class T>
struct Softmax {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  int64_t columns;
  T* y;
  INTERTWINER_HD void operator()(int64_t r) const {
    const T* row = x + r * columns;
    T* out = y + r * columns;
    T max = row[0], sum = 0;
    for (int64_t c = 1; c < columns; ++c) max = row[c] > max ? row[c] : max;
    for (int64_t c = 0; c < columns; ++c) sum += out[c] = std::exp(row[c] - max);
    for (int64_t c = 0; c < columns; ++c) out[c] /= sum;
  }
};

template <class T>
struct SoftmaxGradient {
  [[no_unique_address]] NamedFields named{};
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
