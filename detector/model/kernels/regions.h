// The loops of detector/model/region_sampling.cpp. N images.
#pragma once
#include "detector/model/kernels/anchor_matcher.h"
#include "detector/model/kernels/valid_rows.h"
#include "detector/model/levels.h"
#include "detector/model/regions.h"

namespace intertwiner {

/// The selected proposals as regions. `selected` has indices into the N·P proposals.
Regions regions_of(const BoxLists& proposals, const SelectedRows& selected, const LevelSplit& split);

/// Each image's valid boxes of `first`, then those of `second`.
BoxLists joined(const BoxLists& first, const BoxLists& second);

/// The sampled candidates of each image, positives first, N·`capacity` int32: indices into the image's list, −1 after
/// the last. `labels` N×W int32: 1 positive, 0 negative, −1 not sampled.
Tensor positives_first(const Tensor& labels, int64_t capacity);

/// The candidates for regions. A candidate w of image n with label 1 is matched to object `matches.object`[n, w].
struct RegionCandidates {
  BoxLists boxes;   ///< N×W
  Matches matches;  ///< with label −1 for candidates that are not sampled
  Tensor objects;   ///< N×G×4 float32
  Tensor classes;   ///< N×G int32, class of each object
  Tensor in_order;  ///< result of `positives_first`
};
/// The selected candidates as regions, with label and deltas. `selected` has indices into `in_order`.
RegionSamples samples_of(const RegionCandidates& candidates, const SelectedRows& selected, const LevelSplit& split);

}  // namespace intertwiner
