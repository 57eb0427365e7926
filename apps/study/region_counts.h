// Table 3 (6.2): how many of training's regions belong to each level, and how many of them are below the level's
// threshold, the area of RoIAlign's output on that level: what is smaller is only interpolated.
//
//   level l, stride s    threshold (14 s)² px², in the paper's words (14 / side of the map)² of the image
//                        small set: the level's regions; large set: those of all levels above it
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "data/data_set.h"
#include "detector/model/regions.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

struct LevelCounts {
  double below = 0, above = 0;  ///< the threshold
  double total() const { return below + above; }
};
/// Of P2..P5.
using RegionCounts = std::array<LevelCounts, 4>;

RegionCounts count_by_level(const Regions& regions, const ModelSettings& settings);

/// The regions that a training step would sample for two images, as the paper counts them: the mean over all images of
/// `data`, which are not mirrored. `progress` is told how many images are done.
RegionCounts count_regions(const InterNet& model, const DataSetPointer& data,
                           const std::function<void(int64_t)>& progress = {});

/// Beside the paper's. `what` says which model and images were counted.
std::string region_counts_markdown(const RegionCounts& counts, const ModelSettings& settings, const std::string& what);
std::string region_counts_csv(const RegionCounts& counts, const ModelSettings& settings);

}  // namespace intertwiner
