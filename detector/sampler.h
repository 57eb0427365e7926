// A random choice of so many positives and negatives, without replacement and without a state: every candidate draws
// one Philox number from (seed, purpose, step, image, index), and the smallest numbers win (the lower index of equals).
#pragma once
#include <span>
#include <vector>

#include "engine/philox.h"

namespace intertwiner {

struct SampleCounts {
  int64_t total;  ///< wanted
  int64_t most_positive;
};

struct Sampled {
  std::vector<int32_t> positive, negative;  ///< indices, ascending
};

/// `kind` as in Matches. Positives first, up to their limit; negatives fill up what is left.
Sampled sample(std::span<const int8_t> kind, const SampleCounts& counts, const Philox& random, int64_t step,
               int64_t image);

}  // namespace intertwiner
