// A random choice of so many positives and negatives, without replacement and without a state: every candidate draws
// one Philox number from (seed, purpose, step, image, index), and the smallest numbers win (the lower index of equals).
#pragma once
#include "engine/philox.h"
#include "engine/tensor.h"

namespace intertwiner {

struct SampleCounts {
  int64_t total;  ///< wanted of an image
  int64_t most_positive;
};

/// N×K int32: 1 for each positive that was chosen, 0 for each negative, −1 for the rest. Positives come first, up to
/// their limit; negatives fill up what is left. `kind` as in Matches; `step` one int64, which lies where `kind` does.
Tensor sample(const Tensor& kind, const SampleCounts& counts, const Philox& random, const Tensor& step);

}  // namespace intertwiner
