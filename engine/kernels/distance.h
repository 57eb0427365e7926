// Index functions of distances between rows and their counterparts. `which` holds the number of each row's counterpart,
// −1 for none; if it is null, row r's counterpart is row r. `scale` is one value, null in the forward pass.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// What one element adds to a distance, and its derivatives by f and by b.
template <class T>
struct SquaredTerm {
  INTERTWINER_HD static T value(T f, T b) { return (f - b) * (f - b); }
  INTERTWINER_HD static T by_f(T f, T b) { return 2 * (f - b); }
  INTERTWINER_HD static T by_b(T f, T b) { return 2 * (b - f); }
};

template <class T>
struct AbsoluteTerm {
  INTERTWINER_HD static T value(T f, T b) { return std::abs(f - b); }
  INTERTWINER_HD static T by_f(T f, T b) { return f > b ? T{1} : f < b ? T{-1} : T{0}; }
  INTERTWINER_HD static T by_b(T f, T b) { return by_f(b, f); }
};

/// b log(b / f). A softmax may round a probability to 0: the logarithm then takes 1e-30, far from a float's limits.
template <class T>
struct DivergenceTerm {
  INTERTWINER_HD static T at_least(T p) { return p > static_cast<T>(1e-30) ? p : static_cast<T>(1e-30); }
  INTERTWINER_HD static T value(T f, T b) { return b * (std::log(at_least(b)) - std::log(at_least(f))); }
  INTERTWINER_HD static T by_f(T f, T b) { return -b / at_least(f); }
  INTERTWINER_HD static T by_b(T f, T b) { return std::log(at_least(b)) - std::log(at_least(f)) + 1; }
};

/// Loss of row r, and its gradient by f.
template <class T, class Term>
struct RowDistance {
  [[no_unique_address]] NamedFields named{};
  const T* f;
  const T* b;
  const int32_t* which;
  int64_t width;
  const T* scale;
  T *loss, *gradient;

  INTERTWINER_HD void operator()(int64_t r) const {
    const int64_t at = which ? which[r] : r;
    const T* x = f + r * width;
    const T* y = b + (at < 0 ? 0 : at) * width;
    T sum = 0;
    for (int64_t i = 0; i < width && at >= 0; ++i) sum += Term::value(x[i], y[i]);
    if (loss) loss[r] = sum;
    if (!gradient) return;
    const T factor = *scale;
    for (int64_t i = 0; i < width; ++i) gradient[r * width + i] = at < 0 ? T{0} : factor * Term::by_f(x[i], y[i]);
  }
};

/// Gradient by counterpart g: the sum, in order, over the rows compared with it, compared[first[g]] to compared[first[g
/// + 1] − 1]. If `first` is null, only row g is compared with it.
template <class T, class Term>
struct CounterpartGradient {
  [[no_unique_address]] NamedFields named{};
  const T* f;
  const T* b;
  const int32_t *first, *compared;
  int64_t width;
  const T* scale;
  T* gradient;

  INTERTWINER_HD void operator()(int64_t g) const {
    const T factor = *scale;
    T* out = gradient + g * width;
    const T* y = b + g * width;
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    const int64_t begin = first ? first[g] : g, end = first ? first[g + 1] : g + 1;
    for (int64_t k = begin; k < end; ++k) {
      const T* x = f + (first ? compared[k] : k) * width;
      for (int64_t i = 0; i < width; ++i) out[i] += factor * Term::by_b(x[i], y[i]);
    }
  }
};

}  // namespace intertwiner::kernels
