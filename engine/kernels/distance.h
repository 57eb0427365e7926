// Index functions of distances between rows and their counterparts. `which` holds the number of each row's counterpart,
// −1 for none; if it is null, row r's counterpart is row r. `scale` is one value. In the backward pass the index is a
// row's lanes (engine/kernels/lanes.h).
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/lanes.h"
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

/// Loss of a row. The index is a row.
template <class T, class Term>
struct RowDistance {
  [[no_unique_address]] NamedFields named{};
  const T* f;
  const T* b;
  const int32_t* which;
  int64_t width;
  T* loss;

  INTERTWINER_HD void operator()(int64_t r) const {
    const int64_t at = which ? which[r] : r;
    const T* x = f + r * width;
    const T* y = b + (at < 0 ? 0 : at) * width;
    T sum = 0;
    for (int64_t i = 0; i < width && at >= 0; ++i) sum += Term::value(x[i], y[i]);
    loss[r] = sum;
  }
};

/// Gradient of a row of f.
template <class T, class Term, int N>
struct RowDistanceGradient {
  [[no_unique_address]] NamedFields named{};
  const T* f;
  const T* b;
  const int32_t* which;
  int64_t width;
  const T* scale;
  T* gradient;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    const int64_t r = lanes.row, at = which ? which[r] : r;
    LaneValues<T, N> out(gradient + r * width + lanes.begin);
    if (at < 0) {
      for (int64_t i = 0; i < lanes.count(); ++i) out[i] = 0;
    } else {
      const T factor = *scale;
      const auto x = read_lanes<N>(f + r * width + lanes.begin), y = read_lanes<N>(b + at * width + lanes.begin);
      for (int64_t i = 0; i < lanes.count(); ++i) out[i] = factor * Term::by_f(x[i], y[i]);
    }
    out.write();
  }
};

/// Gradient of counterpart g: the sum, in order, over the rows compared with it, compared[first[g]] to compared[first[g
/// + 1] − 1]. If `first` is null, only row g is compared with it.
template <class T, class Term, int N>
struct CounterpartGradient {
  [[no_unique_address]] NamedFields named{};
  const T* f;
  const T* b;
  const int32_t *first, *compared;
  int64_t width;
  const T* scale;
  T* gradient;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    const int64_t g = lanes.row, begin = first ? first[g] : g, end = first ? first[g + 1] : g + 1;
    const T factor = *scale;
    const auto y = read_lanes<N>(b + g * width + lanes.begin);
    LaneValues<T, N> sum(gradient + g * width + lanes.begin);
    for (int64_t i = 0; i < lanes.count(); ++i) sum[i] = 0;
    for (int64_t k = begin; k < end; ++k) {
      const auto x = read_lanes<N>(f + (first ? compared[k] : k) * width + lanes.begin);
      for (int64_t i = 0; i < lanes.count(); ++i) sum[i] += factor * Term::by_b(x[i], y[i]);
    }
    sum.write();
  }
};

}  // namespace intertwiner::kernels
