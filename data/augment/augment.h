// Augments a training image: draws what its pieces do, and computes where pixels and boxes go. The order is that of
// torchvision's reference for SSD, with the mosaic before it and the scale jitter behind it:
//
//   mosaic, zoom-out (single images only), IoU crop, the resize to the input with scale jitter, flip; colours last
//
// Boxes are clipped to the input. An object whose visible part is less than 1 px wide or high is dropped, as in
// torchvision's SanitizeBoundingBoxes; detectron2 drops those without an area. All others stay, however little of them
// is visible. Only the IoU crop also drops objects whose centre is outside.
#pragma once
#include <span>

#include "data/augment/augment_options.h"
#include "data/augment/augment_random.h"
#include "data/augment/augmented_image.h"
#include "data/augment/canvas.h"

namespace intertwiner {

/// Which images form the mosaic of an image: three numbers below `count`. Empty if no mosaic is drawn.
std::vector<int64_t> draw_mosaic(const AugmentOptions& options, const AugmentRandom& random, int64_t count);

/// Whether the image is mirrored.
bool draw_flip(double probability, const AugmentRandom& random);

/// Augments one image, or four that form a mosaic.
AugmentedImage augment(std::span<const AugmentSource> sources, const InputSize& size, const AugmentOptions& options,
                       const AugmentRandom& random, bool flip);

}  // namespace intertwiner
