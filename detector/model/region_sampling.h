// The second stage's regions (6.5): in detection all proposals, in training a sample with targets.
#pragma once
#include "data/batch.h"
#include "detector/model/box_lists.h"
#include "detector/model/levels.h"
#include "detector/model/regions.h"
#include "detector/settings/settings.h"

namespace intertwiner {

/// All proposals, each with its pyramid level (eq. 6).
Regions make_regions(const BoxLists& proposals, const LevelSplit& split);

/// Samples each image's proposals and objects, foreground first. A foreground region has an IoU of at least
/// `foreground_iou` with an object; background regions fill the rest of the sample. All tensors are on one device.
/// `step` is one int64; random numbers depend on it.
RegionSamples sample_regions(const BoxLists& proposals, const Batch& batch, const Settings& settings,
                             const Tensor& step);

}  // namespace intertwiner
