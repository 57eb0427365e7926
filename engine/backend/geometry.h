// Options of convolutions and of RoIAlign, which operators and backends share.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// A convolution of images N×H×W×C with filters K×R×S×C to N×P×Q×K.
struct Conv2dGeometry {
  int64_t stride = 1, padding = 0, dilation = 1;  ///< in pixels, the same along both axes
};
/// P or Q: pixels of the output along an axis of `size` pixels, with `filter` filter elements; 0 where none fits.
inline int64_t conv2d_output_size(int64_t size, int64_t filter, const Conv2dGeometry& g) {
  const int64_t room = size + 2 * g.padding - g.dilation * (filter - 1) - 1;
  return room < 0 ? 0 : room / g.stride + 1;
}

/// Regions of images for RoIAlign.
struct RoiAlignRegions {
  Tensor boxes;  ///< R×4, pixels of the image
  Tensor image;  ///< R int32: number of the image
  Tensor level;  ///< R int32: number of the map that the region is cut from; −1: none, its bins are 0
};

struct RoiAlignGeometry {
  std::vector<double> scales;  ///< of each map, finest first: the map's side over the image's
  int64_t output_size = 7;     ///< bins along each side
  int64_t sampling_ratio = 1;  ///< samples along each side of a bin
  bool aligned = true;         ///< half-pixel offset
};

}  // namespace intertwiner
