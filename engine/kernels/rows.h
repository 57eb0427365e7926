// Index functions of rows taken by number, of rows sorted by a value, and of matrices transposed.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/lanes.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// y[r] = x[index[r]], zeros where index[r] is negative. The index is the lanes (engine/kernels/lanes.h) of a row of y.
template <class T, int N>
struct SelectRows {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t* index;
  int64_t width;
  T* y;

  INTERTWINER_HD void operator()(int64_t i) const {
    const Lanes<N> lanes(i, width);
    const int64_t from = index[lanes.row];
    LaneValues<T, N> out(y + lanes.row * width + lanes.begin);
    if (from < 0) {
      for (int64_t c = 0; c < lanes.count(); ++c) out[c] = 0;
    } else {
      const auto in = read_lanes<N>(x + from * width + lanes.begin);
      for (int64_t c = 0; c < lanes.count(); ++c) out[c] = in[c];
    }
    out.write();
  }
};

/// dx[row] = Σ dy[r] over the rows r of y that are copies of row `row`, in order: copies[first[row]] to
/// copies[first[row + 1] − 1]. The index is the lanes of a row of x.
template <class T, int N>
struct SelectRowsGradient {
  [[no_unique_address]] NamedFields named{};
  const T* dy;
  const int32_t *first, *copies;
  int64_t width;
  T* dx;

  INTERTWINER_HD void operator()(int64_t i) const {
    const Lanes<N> lanes(i, width);
    LaneValues<T, N> sum(dx + lanes.row * width + lanes.begin);
    for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
    for (int32_t k = first[lanes.row]; k < first[lanes.row + 1]; ++k) {
      const auto from = read_lanes<N>(dy + copies[k] * width + lanes.begin);
      for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + from[c];
    }
    sum.write();
  }
};

/// The key of a row is its value, kNoKey if that is negative. The index is a row.
struct ValueKey {
  [[no_unique_address]] NamedFields named{};
  const int32_t* value;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t r) const { key[r] = value[r] < 0 ? kNoKey : value[r]; }
};

/// Number of rows with a value in [0, v), by bisection. `sorted` holds the rows with ascending values, then −1. The
/// index is v.
struct RowsBelow {
  [[no_unique_address]] NamedFields named{};
  const int32_t *value, *sorted;
  int64_t rows;
  int32_t* below;

  INTERTWINER_HD void operator()(int64_t v) const {
    int64_t low = 0, high = rows;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (sorted[middle] >= 0 && value[sorted[middle]] < v)
        low = middle + 1;
      else
        high = middle;
    }
    below[v] = static_cast<int32_t>(low);
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
