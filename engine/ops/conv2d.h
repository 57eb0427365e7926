// Convolution of images N×H×W×C with filters K×R×S×C, and what follows it in one pass over the result:
//
//   y = relu( scale · (x * w) + bias + residual )          each part but the product can be left out
//
// An eager tape has no graph in which a compiler could fuse these; as arguments they cost no pass over memory. x is
// kept for the backward pass, and y where a ReLU made it.
#pragma once
#include "engine/backend/backend.h"
#include "engine/variable.h"

namespace intertwiner {

struct Conv2dOptions {
  int64_t stride = 1, padding = 0, dilation = 1;
  Tensor scale;       ///< K constant factors: frozen batch norm
  Variable bias;      ///< K
  Variable residual;  ///< N×P×Q×K
  bool relu = false;
  bool recompute = false;  ///< a result that is released is made again by another convolution
};

/// N×P×Q×K, P = (H + 2·padding − dilation·(R−1) − 1) / stride + 1, rounded down. Throws UserError where shapes do not
/// fit.
Variable conv2d(const Variable& x, const Variable& w, const Conv2dOptions& options = {});

struct ConvTranspose2dOptions {
  int64_t stride = 1, padding = 0, output_padding = 0;
  Variable bias;  ///< C
};

/// The data gradient of a convolution taken as an operator: x is N×P×Q×K, filters are K×R×S×C, the result is N×H×W×C
/// with H = (P−1)·stride − 2·padding + R + output_padding.
Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvTranspose2dOptions& options = {});

}  // namespace intertwiner
