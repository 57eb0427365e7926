// Anchors (6.5): one box for each ratio at every pixel of every level. All boxes of a level have the same area, the
// square of the level's size.
//
// A ratio is height over width. The box around (0, 0) has its corners rounded to whole pixels, half to even, and is
// then moved to (x·stride, y·stride). The stride is the padded image's side over the map's, rounded down. The order is
// level, y, x, ratio. Anchors may leave the image. Example: with size 32, ratio 1 and stride 4 the anchor of pixel (y,
// x) = (0, 2) is −8, −16, 24, 16.
#pragma once
#include <vector>

#include "detector/settings/settings.h"
#include "engine/box.h"

namespace intertwiner {

/// A level's map.
struct MapSize {
  int64_t height, width;
};

struct Anchors {
  Tensor boxes;                      ///< A×4 float32
  std::vector<int64_t> level_begin;  ///< index of each level's first anchor, and the total at the end

  int64_t count() const { return boxes.dim(0); }
};

/// Anchors of all levels, on the host. Throws UserError unless there is one anchor size for each map.
Anchors make_anchors(const ModelSettings& settings, const std::vector<MapSize>& maps, MapSize padded_image);

/// The greatest IoU of any anchor with this box, as if the grid of anchors had no end. It tells before training which
/// objects no anchor reaches. `box` in pixels of the network's input.
double best_anchor_iou(const Settings& settings, const Box& box);

}  // namespace intertwiner
