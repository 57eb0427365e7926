// The alignment of a level P_l with the map P_{l+1|l}, which is level l+1 at level l's size (3.3, table 1 d): a loss
// with gradient to both, by one of
//
//   ot            W(x, y), Sinkhorn's divergence between H(P_l) and H(P_{l+1|l})
//   ot_debiased   2W(x, y) − W(x, x) − W(y, y)
//   l2            mean of the squared differences of the maps
//   kl            a softmax over channels at each pixel, Σ b log(b / f), b of P_{l+1|l}; mean over pixels
#pragma once
#include <optional>

#include "engine/ops/sinkhorn.h"
#include "layers/kinds.h"
#include "layers/transport_critic.h"

namespace intertwiner {

struct AlignmentOptions {
  AlignmentKind kind = AlignmentKind::ot;
  SinkhornOptions sinkhorn = {};
};

class LevelAlignment {
 public:
  /// `scope` is H's, which transport alone has.
  LevelAlignment(const Scope& scope, int64_t channels, const AlignmentOptions& options);
  /// Both N×H×W×C; one value.
  Variable operator()(const Variable& own, const Variable& brought_down) const;

 private:
  AlignmentOptions options_;
  std::optional<TransportCritic> critic_;
};

}  // namespace intertwiner
