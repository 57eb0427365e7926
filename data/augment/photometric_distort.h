// Photometric distortion (Howard, Some Improvements on Deep CNN Image Classification, 2013; torchvision's
// RandomPhotometricDistort without its permutation of channels). On RGB in 0..1, each result clipped to 0..1:
//
//   brightness   RGB · factor
//   contrast     RGB · factor + (1 − factor) · mean grey of the image
//   saturation   RGB · factor + (1 − factor) · grey of the pixel      grey = 0.2989 R + 0.587 G + 0.114 B
//   hue          the hue of HSV plus `hue` turns
//
// in this order, or with contrast at the end.
#pragma once
#include "data/augment/augment_options.h"
#include "data/augment/augment_random.h"
#include "data/images/transform.h"

namespace intertwiner {

struct Distortion {
  float brightness = 1, contrast = 1, saturation = 1;  ///< factors
  float hue = 0;                                       ///< turns, −0.5 to 0.5
  bool contrast_last = false;

  bool operator==(const Distortion&) const = default;
};

Distortion draw_distortion(const PhotometricOptions& options, RandomStream random);

/// Distorts normalised pixels (resize_normalised) in place: `height` rows of `width` px.
void distort(const FloatRows& pixels, int width, int height, const Distortion& distortion);

}  // namespace intertwiner
