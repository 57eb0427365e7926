// The mean distance between rows of features and their counterpart rows: D of eq. 3, and the alignments of 3.3 without
// optimal transport.
//
//   l2        mean over features of (f − b)²
//   l1        mean over features of |f − b|
//   kl        sum over features of b log(b / f); the rows are probabilities
//   mean_kl   the same, divided by the number of features
#pragma once
#include "engine/ops/distance_kind.h"
#include "engine/variable.h"

namespace intertwiner {

/// Mean distance between row r of `features` (R×D) and row which[r] of `counterparts` (G×D), over the rows with
/// which[r] ≥ 0; 0 if there is no such row. Both get gradients. `which` R int32.
Variable mean_distance(const Variable& features, const Tensor& which, const Variable& counterparts, Distance kind);

/// Mean distance between the rows of two maps of one shape. A row is the channels of a pixel.
Variable mean_distance(const Variable& features, const Variable& counterparts, Distance kind);

}  // namespace intertwiner
