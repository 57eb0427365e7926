// Operators that change a map's resolution without weights.
#pragma once
#include "engine/variable.h"

namespace intertwiner {

struct MaxPool {
  int64_t window = 3, stride = 2, padding = 1;
};
/// Maximum of each window×window pixels: N×H×W×C to N×P×Q×C, P = (H + 2·padding − window) / stride + 1, rounded down.
/// The window is from 1 to 16, the padding at most half of it. Padding is never the maximum. Among equal pixels the
/// first in row order gets the gradient.
Variable max_pool(const Variable& x, const MaxPool& pool = {});
/// Mean of each 2×2 block; H and W are even.
Variable mean_pool2x2(const Variable& x);
/// PyTorch's adaptive mean, to side×side bins. Bin i covers rows [⌊i·H/side⌋, ⌈(i+1)·H/side⌉). Bins may overlap.
Variable adaptive_mean_pool(const Variable& x, int64_t side);
/// Every second row and column of pixels, beginning with the first: P6 from P5.
Variable every_second_pixel(const Variable& x);
/// fine + enlarged coarse: FPN's top-down path. The coarse map (h×w) is enlarged to the exact size of the fine map
/// (H×W) by nearest neighbour: row y reads row ⌊y·h/H⌋.
Variable add_upsampled(const Variable& fine, const Variable& coarse);
/// Bilinear resizing with half-pixel centres, to an exact size: output i reads input max(0, (i + 0.5) · in/out − 0.5).
Variable resize_bilinear(const Variable& x, int64_t height, int64_t width);
/// Crops to the first `height`×`width` pixels.
Variable crop(const Variable& x, int64_t height, int64_t width);

}  // namespace intertwiner
