// An augmented image before its pixels are computed: the parts of one or four images that it shows, each with its
// rectangle in the input and its colours, and the objects in it. The pixels are then written into a batch at once, each
// image resampled one time.
#pragma once
#include <memory>
#include <vector>

#include "data/augment/augment_options.h"
#include "data/augment/photometric_distort.h"
#include "data/data_set.h"
#include "data/images/transform.h"

namespace intertwiner {

struct ImagePart {
  std::shared_ptr<const Image> image;
  int left = 0, top = 0;    ///< px of the input
  AxisWindow across, down;  ///< what each column and each row of the input reads
  Distortion distortion;
};

struct AugmentedImage {
  int width = 0, height = 0;  ///< px of the input, without padding
  std::vector<ImagePart> parts;
  std::vector<Annotation> objects;  ///< with boxes in px of the input
};

/// Writes the parts, normalised; other floats are not changed.
void write_augmented(const AugmentedImage& image, bool antialias, const FloatRows& output);

}  // namespace intertwiner
