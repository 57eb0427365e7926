// A random sample of positives and negatives, without replacement and without a state: every candidate draws one Philox
// number from (seed, purpose, step, image, index), and the smallest numbers win (the lower index of equals).
#pragma once
#include "engine/philox.h"
#include "engine/tensor.h"

namespace intertwiner {

struct SampleCounts {
  int64_t total;         ///< wanted of an image
  int64_t max_positive;  ///< of them
};

/// Labels of those that are sampled, N×K int32: 1 positive, 0 negative; −1 for all others. At most `max_positive`
/// positives are taken; negatives fill up the rest. `labels` as in Matches; `step` is one int64 on the labels' device.
Tensor sample(const Tensor& labels, const SampleCounts& counts, const Philox& random, const Tensor& step);

}  // namespace intertwiner
