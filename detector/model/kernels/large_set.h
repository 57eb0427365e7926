// The large set (6.2, eq. 7): for each level l, the regions of all levels m > l.
//
//   a^(l,large) = ∪_{m>l} a^(m)        so a region of level m is in m − 2 large sets
//
// The class buffer and the losses read the foreground of a large set. Background takes part in batch norm statistics if
// `with_background` is set.
#pragma once
#include <array>

#include "detector/model/regions.h"

namespace intertwiner {

/// [l][m]: index of the map that a region of level m in the large set of level l is pooled from. 0..3 for P2..P5, l <
/// m.
using MapOfPair = std::array<std::array<int32_t, 4>, 4>;

/// The large sets of all levels, level by level and region by region. On a GPU M is a capacity: labels, levels, maps
/// and images of the rows behind the valid ones are −1.
struct LargeSet {
  Tensor boxes;        ///< M×4 float64
  Tensor image;        ///< M int32
  Tensor map;          ///< M int32, by MapOfPair
  Tensor level;        ///< M int32: l, 0..2 for P2..P4
  Tensor labels;       ///< M int32
  Tensor valid_count;  ///< one value, float64; undefined: all M are valid
};
LargeSet large_set(const RegionSamples& samples, const MapOfPair& maps, bool with_background = false);

}  // namespace intertwiner
