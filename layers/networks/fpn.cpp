#include "layers/networks/fpn.h"

#include "engine/ops/pooling.h"

namespace intertwiner {

FeaturePyramid::FeaturePyramid(const Scope& scope, const std::array<int64_t, 4>& in_channels, int64_t channels) {
  for (size_t l = 0; l < 4; ++l) {
    const std::string index = std::to_string(l);
    lateral_.emplace_back(scope / "inner_blocks" / index / "0",
                          ConvShape{.in = in_channels[l], .out = channels, .size = 1}, he_uniform(in_channels[l]),
                          constant(0));
    output_.emplace_back(scope / "layer_blocks" / index / "0", ConvShape{.in = channels, .out = channels, .padding = 1},
                         he_uniform(9 * channels), constant(0));
  }
}

std::array<Variable, 5> FeaturePyramid::operator()(const std::array<Variable, 4>& maps) const {
  std::array<Variable, 5> pyramid;
  Variable merged = lateral_[3](maps[3]);
  pyramid[3] = output_[3](merged);
  for (size_t l = 3; l-- > 0;) {
    merged = add_upsampled(lateral_[l](maps[l]), merged);
    pyramid[l] = output_[l](merged);
  }
  pyramid[4] = every_second_pixel(pyramid[3]);
  return pyramid;
}

}  // namespace intertwiner
