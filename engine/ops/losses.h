// Losses. Each compares rows of predictions with their targets and returns one value. A row with label −1 is left out,
// so one tensor of fixed size can hold sampled and unsampled rows. The losses of rows are summed in order, in double
// precision. `used` is the number of the other rows (one value, float64), if the caller has counted them.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// Mean over rows with label 0 or 1 of log(1 + exp(−x)) (label 1) or log(1 + exp(x)) (label 0). `logits` and `labels`
/// (int32) have R elements; without such a row the loss is 0.
Variable binary_cross_entropy(const Variable& logits, const Tensor& labels, const Tensor& used = {});

/// Mean over rows with label ≥ 0 of −log softmax(x)[label]. `logits` R×C, `labels` R int32.
Variable softmax_cross_entropy(const Variable& logits, const Tensor& labels, const Tensor& used = {});

struct SmoothL1 {
  Tensor labels;   ///< R int32: the group of the row's deltas that is compared, or −1
  Tensor targets;  ///< R×4
  double beta = 1;
  Tensor divisor;  ///< one value, float64
};
/// Sum of smooth L1 (x²/2β for |x| < β, else |x| − β/2) over rows with label ≥ 0 and their four deltas, divided by
/// `divisor`. x is a delta of the row's group minus its target. `deltas` R×(4·G), four for each of G groups.
Variable smooth_l1(const Variable& deltas, const SmoothL1& loss);

}  // namespace intertwiner
