// The large set (6.2, eq. 7): for each level l, the regions of all levels m > l.
//
//   a^(l,large) = ∪_{m>l} a^(m)        a region of level m is in m − 2 large sets
//
// The class buffer and the losses use only the foreground of a large set. With `with_background`, background counts in
// the critic's batch norm statistics.
#pragma once
#include <array>

#include "detector/model/regions.h"

namespace intertwiner {

/// [l][m]: index of the map from which a region of level m in the large set of level l is pooled; l < m, 0..3 for
/// P2..P5.
using MapOfPair = std::array<std::array<int32_t, 4>, 4>;

/// The large sets of all levels, level by level and region by region. On a GPU M is a capacity: rows after
/// the valid ones have image, map, level and label −1.
struct LargeSet {
  Tensor boxes;        ///< M×4 float64
  Tensor image;        ///< M int32
  Tensor map;          ///< M int32, from MapOfPair
  Tensor level;        ///< M int32: level l of the large set, 0..2 for P2..P4
  Tensor labels;       ///< M int32
  Tensor valid_count;  ///< one value, float64; undefined: all M are valid
};
LargeSet large_set(const RegionSamples& samples, const MapOfPair& maps, bool with_background = false);

}  // namespace intertwiner
