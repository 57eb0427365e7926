#include "layers/networks/level_projection.h"

#include "engine/ops/pooling.h"

namespace intertwiner {

LevelProjection::LevelProjection(const Scope& scope, const std::array<int64_t, 4>& in_channels, int64_t channels) {
  for (size_t l = 0; l < 4; ++l) {
    const Initialisation first = uniform_by_fan_in(in_channels[l]);
    projections_.emplace_back(scope / std::to_string(l), ConvShape{.in = in_channels[l], .out = channels, .size = 1},
                              first, first);
  }
}

std::array<Variable, 5> LevelProjection::operator()(const std::array<Variable, 4>& maps) const {
  std::array<Variable, 5> levels;
  for (size_t l = 0; l < 4; ++l) levels[l] = projections_[l](maps[l]);
  levels[4] = every_second_pixel(levels[3]);
  return levels;
}

}  // namespace intertwiner
