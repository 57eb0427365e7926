// The maps that the large set is pooled from (3.3, table 1): four sources, (a) to (d). Pyramids are P2..P5.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "detector/model/kernels/large_set.h"
#include "engine/variable.h"

namespace intertwiner {

struct LargeSource {
  std::vector<Variable> maps;
  std::vector<double> scales;  ///< a map's side over the image's
  MapOfPair map_of_pair{};     ///< which of `maps` serves levels l < m

  const Variable& map(size_t l, size_t m) const { return maps[static_cast<size_t>(map_of_pair[l][m])]; }
};

/// 3.3 (a): P_l, the small level's own map.
LargeSource same_source(std::span<const Variable> pyramid, std::span<const double> scales);

/// 3.3 (b): P_m, the region's own map.
LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales);

/// 3.3 (c), (d): P_{m|l} = F_l(F_{l+1}(… P_m)), of P_l's size. `upsample` is F_l; it is called once for each m, lower m
/// first. P_{l+1|l} always has its gradient, which an alignment loss needs; the others have it only with
/// `all_gradients`.
using Upsample = std::function<Variable(size_t l, const Variable& coarse, int64_t height, int64_t width)>;
LargeSource upsampled_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             const Upsample& upsample, bool all_gradients);

}  // namespace intertwiner
