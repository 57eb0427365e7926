// Index functions of sums of features by row (a class), in double precision.
#pragma once
#include <cstdint>

#include "engine/kernels/host_device.h"

namespace intertwiner::kernels {

/// What the members places[first[row]] to places[first[row + 1] − 1] add to a row, in order.
template <class T>
struct RowSums {
  const T* features;
  const int32_t *first, *places;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t row) const {
    double* out = sum + row * width;
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    for (int32_t k = first[row]; k < first[row + 1]; ++k) {
      const T* feature = features + places[k] * width;
      for (int64_t i = 0; i < width; ++i) out[i] += feature[i];
    }
    count[row] = first[row + 1] - first[row];
  }
};

/// Rows that are about to get members count for less.
struct DecayRows {
  const double* members;
  double decay;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t row) const {
    if (members[row] == 0) return;
    count[row] *= decay;
    for (int64_t i = 0; i < width; ++i) sum[row * width + i] *= decay;
  }
};

/// The oldest of a ring's increments leaves the total, and `newest` takes its place; the index is an element of one.
struct ReplaceOldest {
  const int32_t* place;
  const double* newest;
  int64_t size;
  double *ring, *total;

  INTERTWINER_HD void operator()(int64_t i) const {
    double& oldest = ring[*place * size + i];
    total[i] -= oldest;
    oldest = newest[i];
  }
};

struct NextPlace {
  int64_t window;
  int32_t* place;
  INTERTWINER_HD void operator()(int64_t) const { *place = static_cast<int32_t>((*place + 1) % window); }
};

/// S / n of a row; zeros where it has no members.
template <class T>
struct RowMeans {
  const double *sum, *count;
  int64_t width;
  T* mean;

  INTERTWINER_HD void operator()(int64_t row) const {
    for (int64_t i = row * width; i < (row + 1) * width; ++i)
      mean[i] = count[row] > 0 ? static_cast<T>(sum[i] / count[row]) : T{0};
  }
};

/// Each member's share of its row's gradient; the index is a member.
template <class T>
struct RowMeansGradient {
  const T* db;
  const int32_t* rows;
  const double* count;
  int64_t width;
  T* dmembers;

  INTERTWINER_HD void operator()(int64_t r) const {
    const int32_t row = rows[r];
    const double share = row < 0 ? 0 : 1 / count[row];
    for (int64_t i = 0; i < width; ++i)
      dmembers[r * width + i] = row < 0 ? T{0} : static_cast<T>(share * db[row * width + i]);
  }
};

/// None for rows without members.
struct RowsWithMembers {
  const int32_t* rows;
  const double* count;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const { out[r] = rows[r] >= 0 && count[rows[r]] <= 0 ? -1 : rows[r]; }
};

}  // namespace intertwiner::kernels
