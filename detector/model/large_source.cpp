#include "detector/model/large_source.h"

#include <optional>

namespace intertwiner {
namespace {

constexpr size_t kLevels = 4;

}  // namespace

LargeSource same_source(std::span<const Variable> pyramid, std::span<const double> scales) {
  LargeSource source;
  for (size_t l = 0; l + 1 < kLevels; ++l) {
    source.maps.push_back(pyramid[l]);
    source.scales.push_back(scales[l]);
    for (size_t m = l + 1; m < kLevels; ++m) source.map_of_pair[l][m] = static_cast<int32_t>(l);
  }
  return source;
}

LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales) {
  LargeSource source;
  for (size_t m = 0; m < kLevels; ++m) {
    source.maps.push_back(pyramid[m]);
    source.scales.push_back(scales[m]);
    for (size_t l = 0; l < m; ++l) source.map_of_pair[l][m] = static_cast<int32_t>(m);
  }
  return source;
}

LargeSource upsampled_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             const Upsample& upsample, bool all_gradients) {
  LargeSource source;
  for (size_t m = 1; m < kLevels; ++m) {
    Variable map = pyramid[m];
    for (size_t l = m; l-- > 0;) {
      std::optional<NoGradient> no_gradient;
      if (l + 1 < m && !all_gradients) no_gradient.emplace();
      map = upsample(l, map, pyramid[l].dim(1), pyramid[l].dim(2));
      source.map_of_pair[l][m] = static_cast<int32_t>(source.maps.size());
      source.maps.push_back(map);
      source.scales.push_back(scales[l]);
    }
  }
  return source;
}

}  // namespace intertwiner
