// Boxes of N images, each image's in a list of its own: proposals, ground truth, or what both are matched as.
#pragma once
#include <vector>

#include "engine/box.h"

namespace intertwiner {

/// Every list has the same capacity K; its valid boxes come first.
struct BoxLists {
  Tensor boxes;        ///< N×K×4 float32, zeros behind a list's valid boxes; or K×4: one list for all images
  Tensor valid_count;  ///< N int32; undefined: all boxes are valid
};

/// These boxes, on the host.
BoxLists box_lists_of(const std::vector<std::vector<Box>>& boxes);

}  // namespace intertwiner
