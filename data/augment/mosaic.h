// Mosaic of four images (Bochkovskiy et al., YOLOv4, 2020, 3.3). Four corners meet at a random point of a canvas that
// is twice as wide and high as the input; what lies outside the canvas is cut off:
//
//   +-------+-----------+
//   |   0   |     1     |    canvas: 2·width × 2·height
//   +-------p-----------+    p: in the inner half of both axes
//   |   2   |     3     |
//   +-------+-----------+
//
// Each image has the size that it would have without a mosaic. The network sees the middle of the canvas, or more or
// less of it by scale jitter (YOLOv5 does the same).
#pragma once
#include <span>

#include "data/augment/augment_random.h"
#include "data/augment/canvas.h"

namespace intertwiner {

/// The canvas of four images for an input of width×height px. Objects are clipped to the canvas; those outside are
/// left out. The view is the canvas.
Canvas mosaic_of(std::span<const AugmentSource> four, int width, int height, RandomStream random);

}  // namespace intertwiner
