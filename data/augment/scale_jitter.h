// Scale jitter (Ghiasi et al., Simple Copy-Paste, 2021, 3; torchvision's ScaleJitter and FixedSizeCrop, detectron2's
// ResizeScale and FixedSizeCrop): the image is resized by a random factor. If it is then larger than the input, a
// random part is cut out; if it is smaller, the input is padded right and below.
#pragma once
#include "data/augment/augment_random.h"
#include "data/augment/canvas.h"
#include "data/images/image_io.h"
#include "data/images/transform.h"

namespace intertwiner {

/// How a view becomes the input: it is resized to full_width×full_height px; the input is the part of width×height px
/// whose upper left corner is at (left, top).
struct Framing {
  int full_width = 0, full_height = 0;
  int left = 0, top = 0, width = 0, height = 0;
};

/// The greatest input of an image: image_size×image_size px, or for image_size 0 the size that fit_image gives it.
ImageSize input_limit(int width, int height, const InputSize& size);

/// The view of one image: `factor` times the size that fit_image gives it, and a random part of its input_limit.
Framing frame_image(const View& view, const InputSize& size, double factor, RandomStream& random);

/// The view of a mosaic: `factor` times its size, and the middle part of `limit`.
Framing frame_mosaic(const View& view, const ImageSize& limit, double factor);

}  // namespace intertwiner
