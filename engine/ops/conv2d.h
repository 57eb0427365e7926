// Convolution of images N×H×W×C with filters K×R×S×C, and steps that often follow it:
//
//   y = relu( scale · (x * w) + bias + residual )          scale, bias, residual and ReLU are optional
//
// The steps are arguments of the convolution, because separate operators would read and write the result again. The
// backward pass keeps x, and with a ReLU also y.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct Conv2dOptions {
  int64_t stride = 1, padding = 0, dilation = 1;
  Tensor scale;       ///< K constant factors: frozen batch norm
  Variable bias;      ///< K
  Variable residual;  ///< N×P×Q×K
  bool relu = false;
  bool recompute = false;  ///< the result can be released; another convolution then computes it again. Not with relu,
                           ///< whose gradient keeps the result
};

/// N×P×Q×K, P = (H + 2·padding − dilation·(R−1) − 1) / stride + 1, rounded down. Throws UserError if shapes do not fit.
Variable conv2d(const Variable& x, const Variable& w, const Conv2dOptions& options = {});

struct ConvTranspose2dOptions {
  int64_t stride = 1, padding = 0, output_padding = 0;
  Variable bias;  ///< C
};

/// The transposed convolution; it computes a convolution's data gradient. x is N×P×Q×K, filters are K×R×S×C, the result
/// is N×H×W×C with H = (P−1)·stride − 2·padding + R + output_padding. Throws UserError if shapes do not fit or
/// output_padding ≥ stride.
Variable conv_transpose2d(const Variable& x, const Variable& w, const ConvTranspose2dOptions& options = {});

}  // namespace intertwiner
