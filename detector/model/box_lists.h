// Boxes of N images, one list for each image: anchors, proposals or objects.
#pragma once
#include <vector>

#include "engine/box.h"

namespace intertwiner {

/// Every list has the same capacity K; its valid boxes come first.
struct BoxLists {
  Tensor boxes;        ///< N×K×4 float32, zeros after the valid boxes; or K×4, one list for all images
  Tensor valid_count;  ///< N int32; undefined: all boxes are valid
};

/// Makes lists of these boxes, on the host.
BoxLists box_lists_of(const std::vector<std::vector<Box>>& boxes);

}  // namespace intertwiner
