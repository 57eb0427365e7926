// Index functions of sums and means of rows by group, in double precision (engine/ops/grouped_sums.h).
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// The sum of a group's rows, positions[first[group]] to positions[first[group + 1] − 1], in order. The index is a
/// group.
template <class T>
struct GroupSum {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t *first, *positions;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t group) const {
    double* out = sum + group * width;
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    for (int32_t k = first[group]; k < first[group + 1]; ++k) {
      const T* row = x + positions[k] * width;
      for (int64_t i = 0; i < width; ++i) out[i] += row[i];
    }
    count[group] = first[group + 1] - first[group];
  }
};

/// Multiplies a group's sum and count by `factor` where `added` is not 0. The index is a group.
struct DecayGroup {
  [[no_unique_address]] NamedFields named{};
  const double* added;
  double factor;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t group) const {
    if (added[group] == 0) return;
    count[group] *= factor;
    for (int64_t i = 0; i < width; ++i) sum[group * width + i] *= factor;
  }
};

/// sum / count; zeros for an empty group. The index is a group.
template <class T>
struct GroupMean {
  [[no_unique_address]] NamedFields named{};
  const double *sum, *count;
  int64_t width;
  T* mean;

  INTERTWINER_HD void operator()(int64_t group) const {
    for (int64_t i = group * width; i < (group + 1) * width; ++i)
      mean[i] = count[group] > 0 ? static_cast<T>(sum[i] / count[group]) : T{0};
  }
};

/// dx = dmean / count of the row's group; 0 for a row without a group. The index is a row.
template <class T>
struct GroupMeanGradient {
  [[no_unique_address]] NamedFields named{};
  const T* dmean;
  const int32_t* group;
  const double* count;
  int64_t width;
  T* dx;

  INTERTWINER_HD void operator()(int64_t r) const {
    const int32_t g = group[r];
    const double share = g < 0 ? 0 : 1 / count[g];
    for (int64_t i = 0; i < width; ++i) dx[r * width + i] = g < 0 ? T{0} : static_cast<T>(share * dmean[g * width + i]);
  }
};

/// A row's group, −1 if that group is empty. The index is a row.
struct NonemptyGroup {
  [[no_unique_address]] NamedFields named{};
  const int32_t* group;
  const double* count;
  int32_t* out;

  INTERTWINER_HD void operator()(int64_t r) const { out[r] = group[r] >= 0 && count[group[r]] <= 0 ? -1 : group[r]; }
};

}  // namespace intertwiner::kernels
