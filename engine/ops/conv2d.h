// Convolution of images N×H×W×C with filters K×R×S×C, and what follows it in one pass over the result:
//
//   y = relu( scale · (x * w) + bias + residual )          each part but the product can be left out
//
// There is no graph in which a compiler could fuse these steps; as arguments of the convolution they cost no pass over
// memory. The backward pass keeps x, and y where there is a ReLU.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct Conv2dOptions {
  int64_t stride = 1, padding = 0, dilation = 1;
  Tensor scale;       ///< K constant factors: frozen batch norm
  Variable bias;      ///< K
  Variable residual;  ///< N×P×Q×K
  bool relu = false;
  bool recompute = false;  ///< a released result is made again, by another convolution
};

/// N×P×Q×K, P = (H + 2·padding − dilation·(R−1) − 1) / stride + 1, rounded down. Throws UserError where shapes do not
/// fit.
Variable conv2d(const Variable& x, const Variable& w, const Conv2dOptions& options = {});

struct ConvTranspose2dOptions {
  int64_t stride = 1, padding = 0, output_padding = 0;
  Variable bias;  ///< C
};

/// The transposed convolution, which computes what a convolution's data gradient does: x is N×P×Q×K, filters are
/// K×R×S×C, the result is N×H×W×C with H = (P−1)·stride − 2·padding + R + output_padding. Throws UserError where shapes
/// do not fit or output_padding is not less than stride.
Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvTranspose2dOptions& options = {});

}  // namespace intertwiner
