// RoIAlign (He et al., Mask R-CNN, 2017) over several maps in one call: each region names the image and the map it is
// cut from.
#pragma once
#include <vector>

#include "engine/backend/geometry.h"
#include "engine/variable.h"

namespace intertwiner {

/// Regions cut from `maps`, N×H×W×C each: R×size×size×C. A released result is cut from the maps again. The boxes get no
/// gradient. Throws UserError where the regions' tensors do not fit, InternalError where maps and scales do not.
Variable roi_align(const std::vector<Variable>& maps, const RoiAlignRegions& regions, const RoiAlignGeometry& geometry);

}  // namespace intertwiner
