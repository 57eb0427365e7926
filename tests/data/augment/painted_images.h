// Images with one painted rectangle, to find out where augmentation puts its pixels.
#pragma once
#include <optional>
#include <vector>

#include "data/augment/augment.h"

namespace intertwiner::tests {

/// A green image, with an annotated rectangle that is magenta if `is_painted`.
struct PaintedImage {
  PaintedImage(int width, int height, const Box& rectangle, bool is_painted = true, int label = 1);
  AugmentSource source() const { return {image, &record}; }

  std::shared_ptr<const Image> image;
  ImageRecord record;
};

/// The rendered pixels of an augmented image in RGB 0..1, side×side; what it does not write is 0.
std::vector<double> rendered(const AugmentedImage& image, int side, bool antialias = false);

/// The bounds of the pixels that are more magenta than green.
std::optional<Box> bounds_of_magenta(const std::vector<double>& pixels, int side);

}  // namespace intertwiner::tests
