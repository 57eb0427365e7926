// Zoom-out (Liu et al., SSD, 2016, 3.6; torchvision's RandomZoomOut): the image at a random place of a larger canvas,
// which is grey otherwise. So its objects become smaller.
#pragma once
#include "data/augment/augment_random.h"
#include "data/augment/canvas.h"

namespace intertwiner {

/// A view around `view`, whose sides are longer by a factor from 1 to `max_factor`, rounded down to whole px.
View zoomed_out(const View& view, double max_factor, RandomStream& random);

}  // namespace intertwiner
