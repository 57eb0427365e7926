// Operators that change a map's resolution without weights.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

/// Maximum of each window×window pixels: N×H×W×C to N×P×Q×C, P = (H + 2·padding − window) / stride + 1, rounded down.
/// Padding is never the maximum. Of equal pixels the first in row order gets the gradient.
struct MaxPool {
  int64_t window = 3, stride = 2, padding = 1;
};
Variable max_pool(const Variable& x, const MaxPool& pool = {});
/// Mean of each 2×2 block; H and W are even.
Variable mean_pool2x2(const Variable& x);
/// PyTorch's adaptive mean: bin i of `side` covers [⌊i·H/side⌋, ⌈(i+1)·H/side⌉), so that bins may overlap.
Variable adaptive_mean_pool(const Variable& x, int64_t side);
/// Every second pixel, from the first: P6 from P5.
Variable every_second_pixel(const Variable& x);
/// fine + coarse, the coarse map up-sampled to the fine one's exact size by nearest neighbour (pixel ⌊y·h/H⌋): FPN's
/// top-down path.
Variable add_upsampled(const Variable& fine, const Variable& coarse);
/// Bilinear with half-pixel centres, to an exact size: output i reads input (i + 0.5) · in/out − 0.5, not less than 0.
Variable resize_bilinear(const Variable& x, int64_t height, int64_t width);
/// The first `height`×`width` pixels.
Variable crop(const Variable& x, int64_t height, int64_t width);

}  // namespace intertwiner
