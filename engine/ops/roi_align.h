// RoIAlign (He et al., Mask R-CNN, 2017) over several maps in one call. Each region has the numbers of its image and
// map.
#pragma once
#include <vector>

#include "engine/backend/geometry.h"
#include "engine/variable.h"

namespace intertwiner {

/// Regions cut from `maps`, N×H×W×C each: R×size×size×C. A released result is computed again from the maps. The boxes
/// get no gradient. Throws UserError if the shapes of the regions' tensors do not fit, InternalError if there is not
/// one scale for each map.
Variable roi_align(const std::vector<Variable>& maps, const RoiAlignRegions& regions, const RoiAlignGeometry& geometry);

}  // namespace intertwiner
