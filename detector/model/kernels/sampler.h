// Samples positives and negatives without replacement. Every candidate draws one Philox number from (seed, purpose,
// step, image, index), and those with the smallest numbers are sampled (of equals the lower index). There is no state.
#pragma once
#include "engine/philox.h"
#include "engine/tensor.h"

namespace intertwiner {

struct SampleCounts {
  int64_t total;         ///< candidates to sample per image
  int64_t max_positive;  ///< max number of positives among them
};

/// Labels of the sampled candidates, N×K int32: 1 positive, 0 negative; −1 for all others. At most `max_positive`
/// positives are sampled; negatives fill the rest. `labels` as in Matches; `step` is one int64 on the labels' device.
Tensor sample(const Tensor& labels, const SampleCounts& counts, const Philox& random, const Tensor& step);

}  // namespace intertwiner
