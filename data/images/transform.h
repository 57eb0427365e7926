// Makes an image the network's input: computes the new size, resizes and normalises the pixels, scales the boxes.
//
//   size   floor(side · scale), at least 1 px
//          scale = image_size / longer side, or, for image_size 0, min(short_side / shorter, long_side / longer)
//   pixel  (RGB / 255 − mean) / deviation, resized bilinearly with half-pixel centres:
//          output i reads input (i + 0.5) · in/out − 0.5
//   box    multiplied by new side / original side of its axis; rounding down makes the two ratios differ a little
//
// Example: with image_size 384, a 500×333 image becomes 384×255 (255.7 rounded down); x is scaled by 0.768, y by
// 0.76577.
//
// Sources: section 6.5 of the paper for the sizes; torchvision's GeneralizedRCNNTransform for mean, deviation and
// rounding.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

/// Mean and standard deviation of red, green and blue in 0..1, as pretrained backbones expect them.
inline constexpr std::array<double, 3> kColourMean = {0.485, 0.456, 0.406};
inline constexpr std::array<double, 3> kColourDeviation = {0.229, 0.224, 0.225};

/// The size that images are resized to. InputSettings explains the numbers for training.
struct InputSize {
  int64_t image_size = 512;  ///< px, longer side, padded to a square; 0: short_side and long_side decide
  int64_t short_side = 800;  ///< px, wanted length of the shorter side
  int64_t long_side = 1024;  ///< px, maximum of the longer side
  bool antialias = false;    ///< when shrinking, use a wider filter that reads every input pixel
  bool in_floats = false;    ///< compute floor(side · scale) in float64, as torchvision does: 1 px less for some sizes
};

/// The size of an image before and after resizing. In the network's input it begins at (0, 0), with zeros right and
/// below.
struct ImageGeometry {
  int original_width = 0, original_height = 0;  ///< px
  int width = 0, height = 0;                    ///< px, resized, without padding

  double ratio_x() const { return static_cast<double>(width) / original_width; }
  double ratio_y() const { return static_cast<double>(height) / original_height; }
  /// Converts a box from px of the original image to px of the input.
  Box to_input(const Box& box) const;
  /// Converts a box from px of the input to px of the original image.
  Box to_original(const Box& box) const;
};

/// Computes the size that an image is resized to, in integers, so the longer side is exactly image_size. Throws
/// UserError unless the image has pixels and the sizes in `size` are positive.
ImageGeometry fit_image(int width, int height, const InputSize& size);

/// The box in the mirrored image: x1' = width − x2, x2' = width − x1.
Box flip_horizontally(const Box& box, float width);

struct ResizeOptions {
  bool antialias = false;  ///< as InputSize::antialias
  bool flip = false;       ///< mirror the image
};

/// Memory for H×W×3 floats, for example in a batch. Rows begin `row_stride` floats apart.
struct FloatRows {
  float* begin;
  int64_t row_stride;
};

/// What the pixels of an output read along one axis: pixel i reads the input from begin + i · ratio to
/// begin + (i + 1) · ratio; bilinearly, that is around the middle of this range. Positions outside of the image read
/// its border.
struct AxisWindow {
  double begin = 0, ratio = 1;  ///< px of the input
  int count = 0;                ///< px of the output
  bool mirrored = false;        ///< the order of the output's pixels is reversed
};

/// Resizes the image to `geometry`, normalises it and writes it to `output`. Floats between the rows are not changed.
/// Throws UserError if the image's pixels do not fit its size.
void resize_normalised(const Image& image, const ImageGeometry& geometry, const ResizeOptions& options,
                       const FloatRows& output);

/// The same for a part of the image: writes rows.count rows of columns.count px. `rows` must not be mirrored.
void resample_normalised(const Image& image, const AxisWindow& columns, const AxisWindow& rows, bool antialias,
                         const FloatRows& output);

/// Converts normalised pixels back to 8-bit RGB. `rgb` has as many bytes as `normalised` has numbers.
void write_colours(std::span<const float> normalised, uint8_t* rgb);

}  // namespace intertwiner
