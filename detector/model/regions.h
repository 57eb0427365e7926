// The second stage's regions: which proposals are trained on, as what, and what their predictions cost.
#pragma once
#include "data/batch.h"
#include "detector/model/levels.h"
#include "detector/model/proposals.h"
#include "detector/settings/settings.h"
#include "layers/box_head.h"

namespace intertwiner {

/// R regions of a batch, image by image. On a GPU the last may be none (detector/model/chosen_rows.h): level and image
/// are −1.
struct Regions {
  Tensor boxes;                 ///< R×4 float32 (of injected samples also float64)
  Tensor image;                 ///< R int32
  Tensor level;                 ///< R int32: 0..3 for P2..P5
  Tensor count = {};            ///< one value, float64: how many there are; undefined: R
  int64_t places_of_image = 0;  ///< that one image has at most; 0: R

  int64_t places() const { return boxes.dim(0); }
  int64_t most_of_image() const { return places_of_image > 0 ? places_of_image : places(); }
  /// On the host, those that are there.
  Regions to(Device device) const;
};

Regions make_regions(const Proposals& proposals, const LevelSplit& split);

/// Regions with what they should be.
struct RegionSamples {
  Regions regions;
  Tensor labels;                ///< R int32: class, 0 background; −1 where there is no region
  Tensor deltas;                ///< R×4 float32, to the matched object; zeros for background
  int64_t most_foreground = 0;  ///< that there can be; 0: R

  int64_t foreground_places() const { return most_foreground > 0 ? most_foreground : regions.places(); }
  RegionSamples to(Device device) const;
};

/// Proposals and ground truth matched from `foreground_iou` on, and sampled: foreground first, background fills up.
/// Everything lies on one device; `step` is one int64.
RegionSamples sample_regions(const Proposals& proposals, const Batch& batch, const Settings& settings,
                             const Tensor& step);

struct RegionLosses {
  Variable classes, box;
};
/// Cross-entropy, mean over the batch's samples; smooth L1 on the true class's deltas, over foreground, divided by the
/// samples.
RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples);

}  // namespace intertwiner
