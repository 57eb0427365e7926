// Non-maximum suppression: of boxes that overlap more than a threshold, only the one with the best score stays.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "data/box.h"

namespace intertwiner {

/// Indices of the boxes that stay, in the order given. `boxes` are sorted, best first; a box is suppressed when its IoU
/// with one that stays is greater than `threshold`. Stops after `most` boxes.
std::vector<int32_t> nms(std::span<const Box> boxes, double threshold, int64_t most);

/// Indices of the `most` greatest scores above `least`, best first, the lower index of equals first.
std::vector<int32_t> best_scores(std::span<const float> scores, int64_t most, float least);

}  // namespace intertwiner
