// The large set (6.2, eq. 7) and the maps it is pooled from (3.3).
//
// For each level l the large set holds the regions of all levels m > l, so a region of level m stands in it m − 2
// times. The class buffer and the losses read its foreground alone; background takes part in batch statistics where
// asked for.
#pragma once
#include <array>
#include <functional>
#include <span>
#include <vector>

#include "detector/model/regions.h"
#include "engine/variable.h"

namespace intertwiner {

/// Maps that large regions are cut from, and for each pair of levels l < m (0..3 for P2..P5) which of them serves it.
struct LargeSource {
  std::vector<Variable> maps;
  std::vector<double> scales;                           ///< a map's side over the image's
  std::array<std::array<int32_t, 4>, 4> map_of_pair{};  ///< [l][m]

  const Variable& map(size_t l, size_t m) const { return maps[static_cast<size_t>(map_of_pair[l][m])]; }
};

/// 3.3 (a): P_l, the small level's own map.
LargeSource same_source(std::span<const Variable> pyramid, std::span<const double> scales);

/// 3.3 (b): P_m, the region's own map.
LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales);

/// 3.3 (c), (d): P_{m|l} = F_l(F_{l+1}(… P_m)), of P_l's size; F_l is called once for each m, lower m first. P_{l+1|l}
/// always has its gradient, which an alignment loss needs; the others only with `all_gradients`.
using Upsample = std::function<Variable(size_t l, const Variable& coarse, int64_t height, int64_t width)>;
LargeSource upsampled_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             const Upsample& upsample, bool all_gradients);

/// The members of all levels' large sets, level by level and region by region. On a GPU the last may be none: all four
/// numbers are −1.
struct LargeSet {
  Tensor boxes;   ///< M×4 float64
  Tensor image;   ///< M int32
  Tensor map;     ///< M int32, index into the source's maps
  Tensor level;   ///< M int32: l, 0..2 for P2..P4
  Tensor labels;  ///< M int32
  Tensor count;   ///< one value, float64: how many there are; undefined: M
};
/// `samples` and the source's maps lie on one device.
LargeSet large_set(const RegionSamples& samples, const LargeSource& source, bool with_background = false);

}  // namespace intertwiner
