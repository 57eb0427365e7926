// Table 3 (6.2): the number of training's regions on each level, and how many of them have an area below the level's
// threshold. The threshold is the area of RoIAlign's output: RoIAlign interpolates smaller regions.
//
//   threshold of a level of stride s   (14 s)² px², or in the paper's terms (14 / side of the map)² of the image
//   small set of a level               its regions
//   large set of a level               the regions of all levels above it
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
  double below = 0, above = 0;  ///< regions below the threshold, and the others
  double total() const { return below + above; }
};
/// Counts of the levels P2 to P5.
using RegionCounts = std::array<LevelCounts, 4>;

RegionCounts count_by_level(const Regions& regions, const ModelSettings& settings);

/// The number of regions that a training step samples for two images, as in the paper: the mean over all images of
/// `data`, without mirroring. Calls `progress(images done)`.
RegionCounts count_regions(const InterNet& model, const DataSetPointer& data,
                           const std::function<void(int64_t)>& progress = {});

/// The table beside the paper's numbers. `what`: a line about the model and the images.
std::string region_counts_markdown(const RegionCounts& counts, const ModelSettings& settings, const std::string& what);
std::string region_counts_csv(const RegionCounts& counts, const ModelSettings& settings);

}  // namespace intertwiner
