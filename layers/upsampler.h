// The upsampler F_l (3.3; 6.6): enlarges the map of level l+1 to level l's size by a transposed 3×3 convolution of
// stride 2, batch norm and ReLU. Where level l's side is odd, the result is cropped.
#pragma once
#include "layers/basic.h"

namespace intertwiner {

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

}  // namespace intertwiner
