// The second stage's regions: which proposals are trained on, as what, and what their predictions cost.
#pragma once
#include <vector>

#include "data/batch.h"
#include "detector/levels.h"
#include "detector/settings.h"
#include "layers/box_head.h"

namespace intertwiner {

/// R regions of a batch, image by image.
struct Regions {
  Tensor boxes;  ///< R×4 float32 (of injected samples also float64)
  Tensor image;  ///< R int32
  Tensor level;  ///< R int32: 0..3 for P2..P5

  int64_t count() const { return boxes.dim(0); }
  Regions to(Device device) const { return {boxes.to(device), image.to(device), level.to(device)}; }
};

Regions make_regions(const std::vector<std::vector<Box>>& boxes, const LevelSplit& split);

/// Regions with what they should be.
struct RegionSamples {
  Regions regions;
  Tensor labels;  ///< R int32: class, 0 background
  Tensor deltas;  ///< R×4 float32, to the matched object; zeros for background

  RegionSamples to(Device device) const { return {regions.to(device), labels.to(device), deltas.to(device)}; }
};

/// Proposals and ground truth matched from `foreground_iou` on, and sampled: foreground first, background fills up.
RegionSamples sample_regions(const std::vector<std::vector<Box>>& proposals, const Batch& batch,
                             const Settings& settings, int64_t step);

struct RegionLosses {
  Variable classes, box;
};
/// Cross-entropy, mean over the batch's samples; smooth L1 on the true class's deltas, over foreground, divided by the
/// samples.
RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples);

}  // namespace intertwiner
