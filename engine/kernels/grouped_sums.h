// Index functions of sums and means of rows by group, in double precision (engine/ops/grouped_sums.h). Unless stated
// otherwise, the index is a group's lanes (engine/kernels/lanes.h).
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/lanes.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// The sum of a group's rows, positions[first[group]] to positions[first[group + 1] − 1], in order.
template <class T, int N>
struct GroupSum {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t *first, *positions;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    const int32_t begin = first[lanes.row], end = first[lanes.row + 1];
    LaneValues<double, N> out(sum + lanes.row * width + lanes.begin);
    for (int64_t i = 0; i < lanes.count(); ++i) out[i] = 0;
    for (int32_t k = begin; k < end; ++k) {
      const auto row = read_lanes<N>(x + positions[k] * width + lanes.begin);
      for (int64_t i = 0; i < lanes.count(); ++i) out[i] += row[i];
    }
    out.write();
    if (lanes.begin == 0) count[lanes.row] = end - begin;
  }
};

/// Multiplies a group's sum and count by `factor` where `added` is not 0.
template <int N>
struct DecayGroup {
  [[no_unique_address]] NamedFields named{};
  const double* added;
  double factor;
  int64_t width;
  double *sum, *count;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    if (added[lanes.row] == 0) return;
    LaneValues<double, N> of_lanes(sum + lanes.row * width + lanes.begin);
    of_lanes.read();
    for (int64_t i = 0; i < lanes.count(); ++i) of_lanes[i] *= factor;
    of_lanes.write();
    if (lanes.begin == 0) count[lanes.row] *= factor;
  }
};

/// sum / count; zeros for an empty group.
template <class T, int N>
struct GroupMean {
  [[no_unique_address]] NamedFields named{};
  const double *sum, *count;
  int64_t width;
  T* mean;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    const int64_t at = lanes.row * width + lanes.begin;
    const double rows = count[lanes.row];
    const auto total = read_lanes<N>(sum + at);
    LaneValues<T, N> out(mean + at);
    for (int64_t i = 0; i < lanes.count(); ++i) out[i] = rows > 0 ? static_cast<T>(total[i] / rows) : T{0};
    out.write();
  }
};

/// dx = dmean / count of the row's group; 0 for a row without a group. The index is a row's lanes.
template <class T, int N>
struct GroupMeanGradient {
  [[no_unique_address]] NamedFields named{};
  const T* dmean;
  const int32_t* group;
  const double* count;
  int64_t width;
  T* dx;

  INTERTWINER_HD void operator()(int64_t index) const {
    const Lanes<N> lanes(index, width);
    const int64_t g = group[lanes.row];
    LaneValues<T, N> out(dx + lanes.row * width + lanes.begin);
    if (g < 0) {
      for (int64_t i = 0; i < lanes.count(); ++i) out[i] = 0;
    } else {
      const double share = 1 / count[g];
      const auto from = read_lanes<N>(dmean + g * width + lanes.begin);
      for (int64_t i = 0; i < lanes.count(); ++i) out[i] = static_cast<T>(share * from[i]);
    }
    out.write();
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
