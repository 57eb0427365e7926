// Losses: each compares rows of predictions with what they should be, and gives one value. A row with label −1 is left
// out, so that sampled and unsampled rows can lie in one tensor of fixed size. The losses of rows are summed in order,
// in double precision.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// Mean over rows with label 0 or 1 of  log(1 + exp(−x)) (label 1)  or  log(1 + exp(x)) (label 0). `logits` and
/// `labels` (int32) have R elements; without any such row the loss is 0.
Variable binary_cross_entropy(const Variable& logits, const Tensor& labels);

/// Mean over rows with label ≥ 0 of −log softmax(x)[label]. `logits` R×C, `labels` R int32.
Variable softmax_cross_entropy(const Variable& logits, const Tensor& labels);

/// Sum over rows with label ≥ 0, and over four deltas, of smooth L1 (x²/2β for |x| < β, else |x| − β/2) between the
/// label's deltas and the target's, divided by `divisor`. `deltas` R×(4·G), four for each of G groups; `labels` R
/// int32, a group or −1; `targets` R×4 of the same type; `divisor` one value, float64.
Variable smooth_l1(const Variable& deltas, const Tensor& labels, const Tensor& targets, double beta,
                   const Tensor& divisor);

}  // namespace intertwiner
