// The canvas: a plane on which images lie. The pieces of augmentation that move pixels (mosaic, zoom-out, crop, jitter,
// flip) only change numbers: where the images lie, and which part of the plane the network sees. Then each image is
// resampled once (augmented_image.h).
#pragma once
#include <memory>
#include <vector>

#include "data/data_set.h"
#include "data/images/image.h"

namespace intertwiner {

/// An image and its annotations, to be augmented.
struct AugmentSource {
  std::shared_ptr<const Image> image;
  const ImageRecord* record = nullptr;
};

/// A part of the plane in px of the canvas. What no image covers becomes grey, the mean of the normalisation.
struct View {
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;

  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
};

struct PlacedImage {
  std::shared_ptr<const Image> image;
  double x = 0, y = 0;  ///< px of the canvas: the upper left corner
  double scale = 1;     ///< px of the canvas per px of the image
};

struct Canvas {
  std::vector<PlacedImage> images;  ///< they do not overlap
  std::vector<Annotation> objects;  ///< with boxes in px of the canvas; those to train on
  View view;                        ///< what the network sees
};

/// A canvas with one image at (0, 0). The view is the image.
Canvas canvas_of(const AugmentSource& source);

}  // namespace intertwiner
