// From a picture to the network's input: how large it becomes, its pixels resized and normalised, its boxes moved
// along.
//
//   pixel:  (RGB / 255 − mean) / deviation, bilinear with half-pixel centres: output i reads input (i + 0.5) · in/out −
//   0.5 side:   floor(side · scale), at least 1; scale = S / long side, or min(short_side / short, long_side / long)
//   box:    times the true ratio of each axis, resized side / original side, which flooring makes differ a little
//
// A 500×333 picture with image_size 384 becomes 384×255 (255.7 floored): x is scaled by 0.768, y by 0.76577.
// The paper (6.5) gives the sizes, torchvision's GeneralizedRCNNTransform the mean, the deviation and the rounding
// down.
#pragma once
#include <array>
#include <cstdint>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

/// Mean and deviation of red, green and blue in 0..1 that backbones are trained with.
inline constexpr std::array<double, 3> kColourMean = {0.485, 0.456, 0.406};
inline constexpr std::array<double, 3> kColourDeviation = {0.229, 0.224, 0.225};

/// How large images become. See InputSettings for the meaning of each number in training.
struct InputSize {
  int64_t image_size = 512;  ///< px, long side, padded to a square; 0: the two below decide
  int64_t short_side = 800;  ///< px aimed at for the shorter side
  int64_t long_side = 1024;  ///< px allowed for the longer side
  bool antialias = false;    ///< widen the filter when shrinking, so that every input pixel counts
};

/// Where an image lies in the network's input: its upper left corner at (0, 0), zeros to the right and below.
struct ImageGeometry {
  int original_width = 0, original_height = 0;  ///< px
  int width = 0, height = 0;                    ///< px, resized, without padding

  double ratio_x() const { return static_cast<double>(width) / original_width; }
  double ratio_y() const { return static_cast<double>(height) / original_height; }
  /// A box of the original image, in pixels of the input.
  Box to_input(const Box& box) const;
  /// A box of the input, in pixels of the original image.
  Box to_original(const Box& box) const;
};

/// The size an image is resized to. Computed in integers, so the long side is S exactly. Throws UserError unless the
/// image has pixels and the sizes asked for are positive.
ImageGeometry fit_image(int width, int height, const InputSize& size);

/// The same box in the mirrored image: x1' = width − x2.
Box flip_horizontally(const Box& box, float width);

/// Writes the image, resized to `geometry`, mirrored if `flip`, and normalised, as rows of 3·geometry.width floats that
/// start `row_stride` floats apart. What lies between the rows is left as it is.
void resize_normalised(const Image& image, const ImageGeometry& geometry, bool antialias, bool flip, float* output,
                       int64_t row_stride);

}  // namespace intertwiner
