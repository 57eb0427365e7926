// Regions of a batch, and what they are trained on.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

/// R regions, image by image. On a GPU R is a capacity (detector/model/kernels/valid_rows.h): image and level of the
/// rows behind the valid ones are −1.
struct Regions {
  Tensor boxes;               ///< R×4 float32 (of injected samples also float64)
  Tensor image;               ///< R int32
  Tensor level;               ///< R int32: 0..3 for P2..P5
  Tensor valid_count = {};    ///< one value, float64; undefined: all R are valid
  int64_t max_per_image = 0;  ///< the most regions of one image; 0: R

  int64_t capacity() const { return boxes.dim(0); }
  int64_t image_capacity() const { return max_per_image > 0 ? max_per_image : capacity(); }
  /// On the host only the valid ones.
  Regions to(Device device) const;
};

/// Regions and what their predictions should be.
struct RegionSamples {
  Regions regions;
  Tensor labels;               ///< R int32: class, 0 background; −1 for a row that is not valid
  Tensor deltas;               ///< R×4 float32, to the matched object; zeros for background
  int64_t max_foreground = 0;  ///< the most of foreground; 0: R

  int64_t foreground_capacity() const { return max_foreground > 0 ? max_foreground : regions.capacity(); }
  RegionSamples to(Device device) const;
};

}  // namespace intertwiner
