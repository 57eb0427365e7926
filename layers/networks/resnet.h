// ResNet (He et al., Deep Residual Learning, 2016): the body that turns an image into maps at strides 4, 8, 16 and 32.
//
// A block adds the result of its convolutions to its input. The stride of a bottleneck is on its 3×3 convolution. Names
// are torchvision's: conv1, bn1, layer1.0.conv1, …, layer2.0.downsample.0 and .1.
//
// In training, the only normalised maps kept are C2..C5. The backward pass computes the others again, stage by stage,
// from the results of the convolutions; each costs one pass over memory. The expansions of the first stage, the widest
// maps, are not kept either.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "layers/basic.h"

namespace intertwiner {

/// The number of blocks in each of the four layers, and their kind.
struct ResNetShape {
  bool bottleneck;
  std::array<int64_t, 4> blocks;
  std::array<int64_t, 4> widths = {64, 128, 256, 512};
  int64_t stem_width = 64;

  /// Channels of C2..C5.
  std::array<int64_t, 4> out_channels() const;
};

class ResidualBlock {
 public:
  ResidualBlock(const Scope& scope, bool bottleneck, int64_t in, int64_t width, int64_t stride, const NormKind& norm);
  Variable operator()(const Variable& x, Pass pass) const;

 private:
  std::vector<ConvNorm> convolutions_;  // the last one has no ReLU: it follows the addition
  std::vector<ConvNorm> downsample_;    // none or one
};

class ResNet {
 public:
  /// The first `fixed_stages` of stem, layer1, …, layer4 are not trained, and their batch norm is frozen.
  ResNet(const Scope& scope, const ResNetShape& shape, const NormKind& norm, int64_t fixed_stages = 0);
  /// Images N×H×W×3 to C2..C5, at strides 4, 8, 16, 32 (sides rounded up).
  std::array<Variable, 4> operator()(const Variable& images, Pass pass) const;

 private:
  ConvNorm stem_;
  std::array<std::vector<ResidualBlock>, 4> layers_;
};

}  // namespace intertwiner
