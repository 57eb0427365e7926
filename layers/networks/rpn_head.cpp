#include "layers/networks/rpn_head.h"

#include "engine/ops/activations.h"
#include "engine/ops/concat.h"

namespace intertwiner {

RpnHead::RpnHead(const Scope& scope, int64_t channels, int64_t anchors_per_pixel)
    : conv_(scope / "conv" / "0" / "0", {.in = channels, .out = channels, .padding = 1}, normal(0.01), constant(0)),
      logits_(scope / "cls_logits", {.in = channels, .out = anchors_per_pixel, .size = 1}, normal(0.01), constant(0)),
      deltas_(scope / "bbox_pred", {.in = channels, .out = 4 * anchors_per_pixel, .size = 1}, normal(0.01),
              constant(0)) {}

RpnPredictions RpnHead::operator()(std::span<const Variable> pyramid) const {
  std::vector<Variable> logits, deltas;
  for (const Variable& map : pyramid) {
    const Variable hidden = conv_(map, true);
    logits.push_back(reshape(logits_(hidden), {map.dim(0), -1, 1}));
    deltas.push_back(reshape(deltas_(hidden), {map.dim(0), -1, 4}));
  }
  return {in_full(concat_middle(logits)), in_full(concat_middle(deltas))};
}

}  // namespace intertwiner
