// The mean distance of rows of features from rows they should resemble: D of eq. 3, and the alignments of 3.3 other
// than optimal transport.
//
//   l2        mean over features of (f − b)²
//   l1        mean over features of |f − b|
//   kl        sum over features of b log(b / f), both rows being probabilities
//   mean_kl   the same, divided by the number of features
#pragma once
#include "engine/ops/distance_kind.h"
#include "engine/variable.h"

namespace intertwiner {

/// Mean over rows with which[r] ≥ 0 of the distance between row r of `features` (R×D) and row which[r] of
/// `counterparts` (G×D), with gradient to both. `which` R int32. Without any such row the loss is 0.
Variable mean_distance(const Variable& features, const Tensor& which, const Variable& counterparts, Distance kind);

/// Mean over all rows, a row being what the last axis holds, of the distance between two maps of one shape.
Variable mean_distance(const Variable& features, const Variable& counterparts, Distance kind);

}  // namespace intertwiner
