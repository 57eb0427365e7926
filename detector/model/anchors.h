// Anchors (6.5): at every pixel of every level one box a ratio, of the level's size and of equal area.
//
// A ratio is height over width; corners are rounded to whole pixels, half to even, and centred at (x·stride, y·stride),
// the stride being the padded image's side over the map's, rounded down. Order: level, y, x, ratio. Anchors may leave
// the image. Example: size 32, ratio 1 at stride 4: the anchor of pixel (y, x) = (0, 2) is −8, −16, 24, 16.
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

/// Anchors of all levels, one map a size, on the host. Throws UserError where their numbers differ.
Anchors make_anchors(const ModelSettings& settings, const std::vector<MapSize>& maps, MapSize padded_image);

/// The best IoU that any anchor has with this box, as if the grid of anchors had no end: what tells, before training,
/// which objects no anchor reaches. `box` in pixels of the network's input.
double best_anchor_iou(const Settings& settings, const Box& box);

}  // namespace intertwiner
