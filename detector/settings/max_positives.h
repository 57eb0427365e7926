// How many of the samples may be positive: for anchors, positive_anchor_fraction of anchors_per_image; for regions,
// foreground_fraction of regions_per_image.
#pragma once
#include <cstdint>

namespace intertwiner {

/// count · fraction, rounded down. A product that is a whole number but for rounding, such as 49 · (1 / 49), is that
/// number.
constexpr int64_t max_positives(int64_t count, double fraction) {
  return static_cast<int64_t>(static_cast<double>(count) * fraction + 1e-9);
}

}  // namespace intertwiner
