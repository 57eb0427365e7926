// Smaller images, for pages and sheets.
#pragma once
#include "data/images/image.h"

namespace intertwiner {

/// The image, resized with antialiasing if its longer side is above `max_side` px.
Image shrunk(const Image& image, int max_side);

}  // namespace intertwiner
