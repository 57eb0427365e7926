// RoIAlign over several maps in one call: each region names the image and the map it is cut from.
#pragma once
#include <vector>

#include "engine/backend/backend.h"
#include "engine/variable.h"

namespace intertwiner {

/// `maps` N×H×W×C each, `scales` a map's side over the image's; `regions` R×4 in image pixels, `image` and `level` R
/// int32, the level an index into `maps`. The result is R×size×size×C; released, it is cut from the maps again. No
/// gradient reaches the boxes.
Variable roi_align(const std::vector<Variable>& maps, const std::vector<double>& scales, const Tensor& regions,
                   const Tensor& image, const Tensor& level, const RoiAlignGeometry& geometry);

}  // namespace intertwiner
