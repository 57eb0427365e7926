// Index functions of sums in double precision: each index adds up a part of its own in order, and the parts are added
// in order after that. Neighbouring indices read neighbouring elements, as a GPU wants it.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/kernels/host_device.h"

namespace intertwiner::kernels {

/// Part p of `parts`: elements p, p + parts, p + 2·parts, …; of each x, x², or 1 where x ≥ 0, as `power` is 1, 2 or 0.
template <class T>
struct StridedSum {
  const T* x;
  int64_t count, parts;
  int power;
  double* part;

  INTERTWINER_HD void operator()(int64_t p) const {
    double sum = 0;
    for (int64_t i = p; i < count; i += parts) {
      const double value = static_cast<double>(x[i]);
      sum += power == 1 ? value : power == 2 ? value * value : value >= 0 ? 1 : 0;
    }
    part[p] = sum;
  }
};

/// How many of a tensor's rows there are: those of its first `members`, each of so many rows; all where it is null.
struct PresentRows {
  int64_t all, of_member;
  const double* members;

  INTERTWINER_HD int64_t operator()() const {
    if (!members) return all;
    const int64_t present = static_cast<int64_t>(*members) * of_member;
    return present < all ? present : all;
  }
};

/// Rows of `columns` values, cut into chunks of `chunk` rows.
struct RowChunks {
  PresentRows rows;
  int64_t columns, chunk;

  INTERTWINER_HD int64_t column(int64_t index) const { return index % columns; }
  INTERTWINER_HD int64_t begin(int64_t index) const { return index / columns * chunk; }
  /// Not beyond the rows that there are: before `begin` for a chunk without any.
  INTERTWINER_HD int64_t end(int64_t index) const {
    const int64_t last = begin(index) + chunk, present = rows();
    return last < present ? last : present;
  }
};

/// The index is (chunk, column).
template <class T>
struct ColumnPartials {
  RowChunks s;
  const T* x;
  double* partial;

  INTERTWINER_HD void operator()(int64_t index) const {
    double sum = 0;
    for (int64_t r = s.begin(index); r < s.end(index); ++r) sum += x[r * s.columns + s.column(index)];
    partial[index] = sum;
  }
};

/// Of `chunks` rows of partial sums up to `fan` at a time, added in order; the index is (group, column).
template <class Out>
struct JoinSums {
  const double* partial;
  int64_t chunks, fan, columns;
  Out* joined;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t c = index % columns, first = index / columns * fan;
    const int64_t last = first + fan < chunks ? first + fan : chunks;
    double sum = 0;
    for (int64_t chunk = first; chunk < last; ++chunk) sum += partial[chunk * columns + c];
    joined[index] = static_cast<Out>(sum);
  }
};

/// Rows whose value is at least 0 and below v; the index is v. Every index reads all rows: for some thousands.
struct RowsBelow {
  const int32_t* value;
  int64_t rows;
  int32_t* first;

  INTERTWINER_HD void operator()(int64_t v) const {
    int32_t below = 0;
    for (int64_t r = 0; r < rows; ++r) below += value[r] >= 0 && value[r] < v ? 1 : 0;
    first[v] = below;
  }
};

/// Puts row r behind those before it of the same value.
struct PlaceOfRow {
  const int32_t *value, *first;
  int32_t* places;

  INTERTWINER_HD void operator()(int64_t r) const {
    if (value[r] < 0) return;
    int32_t place = first[value[r]];
    for (int64_t q = 0; q < r; ++q) place += value[q] == value[r] ? 1 : 0;
    places[place] = static_cast<int32_t>(r);
  }
};

}  // namespace intertwiner::kernels
