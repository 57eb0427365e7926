// Index functions of sums in double precision: each index adds up a part of the elements in order, and the parts are
// added in order after that. Neighbouring indices read neighbouring elements, which a GPU reads together.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Part p of `parts`: the sum over elements p, p + parts, p + 2·parts, … of x, of x², or of 1 where x ≥ 0, as `power`
/// is 1, 2 or 0.
template <class T>
struct StridedSum {
  [[no_unique_address]] NamedFields named{};
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

/// How many of a tensor's rows there are: those of the first `valid_count` entries, each of `per_entry` rows; all of
/// them where `valid_count` is null.
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
  /// Ends with the last row that there is; at most `begin` for a chunk without rows.
  INTERTWINER_HD int64_t end(int64_t index) const {
    const int64_t last = begin(index) + chunk, present = rows();
    return last < present ? last : present;
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
    double sum = 0;
    for (int64_t r = s.begin(index); r < s.end(index); ++r) sum += x[r * s.columns + s.column(index)];
    partial[index] = sum;
  }
};

/// Adds `chunks` rows of partial sums in order, up to `fan` at a time. The index is (group, column).
template <class Out>
struct JoinSums {
  [[no_unique_address]] NamedFields named{};
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

/// Number of rows whose value is at least 0 and below v. The index is v. Every index reads all rows, so this is for
/// some thousands of rows.
struct RowsBelow {
  [[no_unique_address]] NamedFields named{};
  const int32_t* value;
  int64_t rows;
  int32_t* first;

  INTERTWINER_HD void operator()(int64_t v) const {
    int32_t below = 0;
    for (int64_t r = 0; r < rows; ++r) below += value[r] >= 0 && value[r] < v ? 1 : 0;
    first[v] = below;
  }
};

/// Puts row r behind the rows before it that have the same value.
struct SortRow {
  [[no_unique_address]] NamedFields named{};
  const int32_t *value, *first;
  int32_t* places;

  INTERTWINER_HD void operator()(int64_t r) const {
    if (value[r] < 0) return;
    int32_t position = first[value[r]];
    for (int64_t q = 0; q < r; ++q) position += value[q] == value[r] ? 1 : 0;
    places[position] = static_cast<int32_t>(r);
  }
};

}  // namespace intertwiner::kernels
