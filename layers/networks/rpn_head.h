// The region proposal network's head (Ren et al., Faster R-CNN, 2015), shared by the levels: a 3×3 convolution with
// ReLU, then for each of a pixel's A anchors one objectness logit and four deltas.
#pragma once
#include <span>

#include "layers/basic.h"

namespace intertwiner {

/// Predictions for all anchors in the order level, y, x, ratio.
struct RpnPredictions {
  Variable logits;  ///< N×A×1
  Variable deltas;  ///< N×A×4
};

class RpnHead {
 public:
  RpnHead(const Scope& scope, int64_t channels, int64_t anchors_per_pixel);
  RpnPredictions operator()(std::span<const Variable> pyramid) const;

 private:
  Conv2d conv_, logits_, deltas_;
};

}  // namespace intertwiner
