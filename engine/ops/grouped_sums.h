// Sums and means of rows by group. Each row of a matrix names its group, or −1 for none:
//
//   sum[g] = Σ x[r] over rows r with group[r] = g,    count[g] their number,    mean[g] = sum[g] / count[g]
//
// Sums and counts are float64, so that they can be carried on over many calls. Rows are added in order.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct GroupSums {
  Tensor sum;    ///< G×D float64
  Tensor count;  ///< G float64
};

/// The sums of `x` (R×D) in `groups` groups; `group` R int32, each below `groups`. R may be 0. Throws InternalError for
/// a group beyond the last (on the CPU).
GroupSums grouped_sums(const Tensor& x, const Tensor& group, int64_t groups);

/// Multiplies sums and counts by `factor` for the groups that have rows in `added`. Written in place.
void decay_groups(const GroupSums& sums, const GroupSums& added, double factor);

/// G×D of this type; zeros for an empty group.
Tensor group_means(const GroupSums& sums, DType type);
/// The same in x's type, with gradient to the rows `x`, which are part of the sums: dx[r] = dmean[group[r]] / count.
Variable group_means(const GroupSums& sums, const Variable& x, const Tensor& group);

/// `group` with −1 in place of the groups whose `count` is 0.
Tensor nonempty_groups(const Tensor& group, const Tensor& count);

}  // namespace intertwiner
