// Index functions of sums in double precision. Each index adds up some elements in order; later loops add up these
// partial sums in order. Neighbouring indices read neighbouring elements, which a GPU reads together.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// sums[p] = Σ over elements p, p + stride, p + 2·stride, … of x (`power` 1), of x² (2), or of 1 where x ≥ 0 (0).
template <class T>
struct StridedSum {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  int64_t count, stride;
  int power;
  double* sums;

  INTERTWINER_HD void operator()(int64_t p) const {
    double sum = 0;
    INTERTWINER_UNROLL
    for (int64_t i = p; i < count; i += stride) {
      const double value = static_cast<double>(x[i]);
      sum += power == 1 ? value : power == 2 ? value * value : value >= 0 ? 1 : 0;
    }
    sums[p] = sum;
  }
};

/// Number of valid rows of a tensor: those of the first `valid_count` entries, `per_entry` rows each. All rows if
/// `valid_count` is null.
struct PresentRows {
  [[no_unique_address]] NamedFields named{};
  int64_t all, per_entry;
  const double* valid_count;

  INTERTWINER_HD int64_t operator()() const {
    if (!valid_count) return all;
    const int64_t present = static_cast<int64_t>(*valid_count) * per_entry;
    return present < all ? present : all;
  }
};

/// Rows of `columns` values, cut into chunks of `chunk` rows.
struct RowChunks {
  [[no_unique_address]] NamedFields named{};
  PresentRows rows;
  int64_t columns, chunk;

  INTERTWINER_HD int64_t column(int64_t index) const { return index % columns; }
  INTERTWINER_HD int64_t begin(int64_t index) const { return index / columns * chunk; }
  /// The end of the valid rows; at most `begin` for a chunk without valid rows.
  INTERTWINER_HD int64_t end(int64_t index) const {
    const int64_t last = begin(index) + chunk, present = rows();
    return last < present ? last : present;
  }
};

/// The mean of each column and then its sum of squared deviations, for each chunk: chunks × 2 × columns.
struct Moments {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  const double* values;

  struct Joined {
    double mean, square;
  };
  /// Those of chunks [first, last) together. The means enter as differences to the first chunk's.
  INTERTWINER_HD Joined joined(int64_t first, int64_t last, int64_t column) const {
    const double around = values[2 * first * s.columns + column];
    const int64_t present = s.rows();
    double count = 0, sum = 0, square = 0;
    INTERTWINER_UNROLL
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const double* of_chunk = values + 2 * chunk * s.columns + column;
      const int64_t rest = present - chunk * s.chunk;
      const double weight = static_cast<double>(rest < 0         ? 0
                                                : rest < s.chunk ? rest
                                                                 : s.chunk),
                   difference = of_chunk[0] - around;
      count += weight;
      sum += weight * difference;
      square += of_chunk[s.columns] + weight * difference * difference;
    }
    if (count == 0) return {0, 0};
    return {around + sum / count, square - sum * sum / count};
  }
};

/// The index is (chunk, column).
template <class T>
struct ColumnPartials {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  const T* x;
  double* partial;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t end = s.end(index), column = s.column(index);
    double sum = 0;
    INTERTWINER_UNROLL
    for (int64_t r = s.begin(index); r < end; ++r) sum += x[r * s.columns + column];
    partial[index] = sum;
  }
};

/// Adds `chunks` rows of partial sums in order, up to `fan` at a time. With `adds`, the sum is added to `joined`. The
/// index is (group, column).
template <class Out>
struct JoinSums {
  [[no_unique_address]] NamedFields named{};
  const double* partial;
  int64_t chunks, fan, columns;
  bool adds;
  Out* joined;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t c = index % columns, first = index / columns * fan;
    const int64_t last = first + fan < chunks ? first + fan : chunks;
    double sum = 0;
    INTERTWINER_UNROLL
    for (int64_t chunk = first; chunk < last; ++chunk) sum += partial[chunk * columns + c];
    joined[index] = adds ? joined[index] + static_cast<Out>(sum) : static_cast<Out>(sum);
  }
};

}  // namespace intertwiner::kernels
