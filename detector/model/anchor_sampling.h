// What the first stage is trained on (6.5): a sample of the anchors, each with its label and deltas.
#pragma once
#include "data/batch.h"
#include "detector/model/anchors.h"
#include "detector/settings/settings.h"

namespace intertwiner {

/// Targets of every anchor of every image.
struct AnchorTargets {
  Tensor labels;  ///< N·A int32: 1 positive, 0 negative, −1 not sampled
  Tensor deltas;  ///< N·A×4 float32, to the matched object; zeros where the label is not 1

  AnchorTargets to(Device device) const { return {labels.to(device), deltas.to(device)}; }
};

/// Everything lies on one device; `step` is one int64 that random numbers are drawn by.
AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const Settings& settings, const Tensor& step);

}  // namespace intertwiner
