// The large set (6.2, eq. 7) and the maps it is pooled from (3.3).
//
// For each level l the large set holds the foreground regions of all levels m > l, so a region of level m stands in it
// m − 2 times. Only its features' class means are read (the buffer), so it needs no gradient.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "detector/regions.h"
#include "engine/variable.h"
#include "layers/alignment.h"

namespace intertwiner {

/// Maps that large regions are cut from, and for each pair of levels l < m (0..3 for P2..P5) which of them serves it.
struct LargeSource {
  std::vector<Variable> maps;
  std::vector<double> scales;                           ///< a map's side over the image's
  std::array<std::array<int32_t, 4>, 4> map_of_pair{};  ///< [l][m]
};

/// 3.3 (b): P_m itself.
LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales);

/// 3.3 (d): P_{m|l} = F_l(F_{l+1}(… P_m)), of P_l's size; `neighbours` are P_{l+1|l} for l = 2, 3, 4 with their
/// gradients, which the alignment loss compares with P_l. All other maps carry none.
struct AlignedSource {
  LargeSource source;
  std::array<Variable, 3> neighbours;
};
AlignedSource aligned_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             std::span<const Upsampler> upsamplers);

/// The members of all levels' large sets, level by level and region by region.
struct LargeSet {
  Tensor boxes;   ///< M×4 float64
  Tensor image;   ///< M int32
  Tensor map;     ///< M int32, index into the source's maps
  Tensor labels;  ///< M int32
};
LargeSet large_set(const RegionSamples& samples, const LargeSource& source);

}  // namespace intertwiner
