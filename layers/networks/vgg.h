// VGG-16 (Simonyan & Zisserman, 2015) with the extra layers of SSD512 (Liu et al., SSD, 2016): a body of table 5
// without a pyramid, with maps at strides 16, 32, 64 and 128.
//
//   thirteen 3×3 convolutions, a 2×2 maximum after the 2nd, 4th, 7th and 10th; after the last a 3×3 maximum, stride 1
//   conv6 3×3, dilation 6;  conv7 1×1                       stride 16
//   conv8_1, conv9_1, conv10_1 1×1, each followed by
//   conv8_2, conv9_2, conv10_2 3×3, stride 2                strides 32, 64, 128
//
// Each convolution has a bias and is followed by batch norm and ReLU. The first thirteen have the names of
// torchvision's vgg16_bn (features.0, features.1, …), the others are conv6, norm6, …, conv8_1, norm8_1, ….
#pragma once
#include <array>
#include <vector>

#include "layers/basic.h"

namespace intertwiner {

struct VggShape {
  std::array<int64_t, 5> widths = {64, 128, 256, 512, 512};  ///< of the five groups of convolutions
  int64_t dense_width = 1024;                                ///< of conv6 and conv7
  std::array<int64_t, 3> squeezed = {256, 128, 128};         ///< of conv8_1, conv9_1, conv10_1
  std::array<int64_t, 3> extra = {512, 256, 256};            ///< of conv8_2, conv9_2, conv10_2

  /// Channels of the four maps.
  std::array<int64_t, 4> out_channels() const { return {dense_width, extra[0], extra[1], extra[2]}; }
};

class Vgg {
 public:
  /// The first `fixed_stages` of the five groups are not trained, and their batch norm is frozen.
  Vgg(const Scope& scope, const VggShape& shape, const NormKind& norm, int64_t fixed_stages = 0);
  /// Images N×H×W×3 to maps at strides 16 (sides rounded down), 32, 64 and 128 (half the side before, rounded up).
  std::array<Variable, 4> operator()(const Variable& images, Pass pass) const;

 private:
  std::array<std::vector<ConvNorm>, 5> groups_;
  std::vector<ConvNorm> dense_, squeeze_, extra_;
};

}  // namespace intertwiner
