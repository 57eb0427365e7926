// What stands between two levels of a pyramid, or two stages of a network (3.3): F, which brings the map of level l+1
// to level l's size, and H, the critic that turns a map into C vectors whose transport cost can be measured.
#pragma once
#include "layers/basic.h"

namespace intertwiner {

/// F_l: transposed 3×3 convolution, stride 2, batch norm, ReLU; cropped where level l's side is odd.
class Upsampler {
 public:
  /// `in` and `out` channels: equal between the levels of a pyramid.
  Upsampler(const Scope& scope, int64_t in, int64_t out);
  /// N×h×w×in to N×height×width×out, height in {2h−1, 2h}.
  Variable operator()(const Variable& coarse, int64_t height, int64_t width, Pass pass) const;

 private:
  Variable weight_, bias_;
  BatchNorm norm_;
};

/// H: two strided convolutions with batch norm and ReLU, then a mean to 8×8: each channel becomes a vector of 64.
class TransportCritic {
 public:
  TransportCritic(const Scope& scope, int64_t channels);
  /// N×H×W×C to N×C×64.
  Variable operator()(const Variable& map, Pass pass) const;

 private:
  ConvNorm first_, second_;
};

}  // namespace intertwiner
