#include "layers/networks/box_head.h"

#include "engine/ops/activations.h"

namespace intertwiner {

BoxHead::BoxHead(const Scope& scope, const BoxHeadShape& s)
    : fc6_(scope / "box_head" / "fc6", kSide * kSide * s.channels, s.features),
      fc7_(scope / "box_head" / "fc7", s.features, s.features),
      merge_weight_(s.merge_weight),
      class_score_(scope / "box_predictor" / "cls_score", s.features, s.classes),
      box_deltas_(scope / "box_predictor" / "bbox_pred", s.features, 4 * s.classes) {
  if (!s.norm) return;
  fc6_norm_.emplace(scope / "box_head" / "fc6_norm", s.features);
  fc7_norm_.emplace(scope / "box_head" / "fc7_norm", s.features);
}

Variable BoxHead::activate(const Variable& x, const std::optional<BatchNorm>& norm, const NormPass& pass) const {
  return norm ? (*norm)(x, pass, true) : relu(x);
}

BoxPredictions BoxHead::operator()(const Variable& regions, const Variable& critic, const NormPass& pass) const {
  const Variable flat = reshape(regions, {regions.dim(0), regions.dim(1) * regions.dim(2) * regions.dim(3)});
  Variable hidden = activate(fc6_(flat), fc6_norm_, pass);
  if (critic.defined()) hidden = combine(hidden, merge_weight_, cast(critic, hidden.dtype()), merge_weight_);
  hidden = activate(fc7_(hidden), fc7_norm_, pass);
  return {in_full(class_score_(hidden)), in_full(box_deltas_(hidden)), in_full(hidden)};
}

}  // namespace intertwiner
