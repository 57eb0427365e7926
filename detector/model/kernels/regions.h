// The loops of detector/model/region_sampling.cpp. N images.
#pragma once
#include "detector/model/kernels/anchor_matcher.h"
#include "detector/model/kernels/valid_rows.h"
#include "detector/model/levels.h"
#include "detector/model/regions.h"

namespace intertwiner {

/// The selected proposals as regions: `selected` numbers them from 0 to N·P.
Regions regions_of(const BoxLists& proposals, const SelectedRows& selected, const LevelSplit& split);

/// Each image's valid boxes of `first`, then those of `second`.
BoxLists joined(const BoxLists& first, const BoxLists& second);

/// The sampled candidates of each image, positives first, N·`capacity` int32: their numbers in the image's list; −1
/// behind the last. `labels` N×W int32: 1 positive, 0 negative, −1 not sampled.
Tensor positives_first(const Tensor& labels, int64_t capacity);

/// What regions are sampled from. Candidate w of image n stands for object `matches.object`[n, w] where its label is 1.
struct RegionCandidates {
  BoxLists boxes;   ///< N×W
  Matches matches;  ///< with the labels of those that are sampled
  Tensor objects;   ///< N×G×4 float32
  Tensor classes;   ///< N×G int32, of the objects
  Tensor in_order;  ///< of `positives_first`
};
/// The selected candidates as regions, with label and deltas. `selected` has indices into `in_order`.
RegionSamples samples_of(const RegionCandidates& candidates, const SelectedRows& selected, const LevelSplit& split);

}  // namespace intertwiner
