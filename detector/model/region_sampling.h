// The second stage's regions (6.5): all proposals for detection, a sample of them with targets for training.
#pragma once
#include "data/batch.h"
#include "detector/model/box_lists.h"
#include "detector/model/levels.h"
#include "detector/model/regions.h"
#include "detector/settings/settings.h"

namespace intertwiner {

/// All proposals, each with its pyramid level (eq. 6).
Regions make_regions(const BoxLists& proposals, const LevelSplit& split);

/// A sample of each image's proposals and objects, foreground first. Foreground is what overlaps an object by an IoU of
/// at least `foreground_iou`; background fills up. Everything lies on one device; `step` is one int64 that random
/// numbers are drawn by.
RegionSamples sample_regions(const BoxLists& proposals, const Batch& batch, const Settings& settings,
                             const Tensor& step);

}  // namespace intertwiner
