#include "layers/alignment.h"

#include "engine/error.h"
#include "engine/ops/activations.h"
#include "engine/ops/distance.h"
#include "layers/optimal_transport.h"

namespace intertwiner {

LevelAlignment::LevelAlignment(const Scope& scope, int64_t channels, const AlignmentOptions& options)
    : options_(options) {
  if (options.kind == AlignmentKind::ot || options.kind == AlignmentKind::ot_debiased) critic_.emplace(scope, channels);
}

Variable LevelAlignment::operator()(const Variable& own, const Variable& brought_down) const {
  switch (options_.kind) {
    case AlignmentKind::l2:
      return mean_distance(in_full(own), in_full(brought_down), Distance::l2);
    case AlignmentKind::kl:
      return mean_distance(softmax(in_full(own)), softmax(in_full(brought_down)), Distance::kl);
    case AlignmentKind::ot:
    case AlignmentKind::ot_debiased:
      const Variable x = (*critic_)(own, Pass::training), y = (*critic_)(brought_down, Pass::training);
      return transport_alignment(x, y, {options_.sinkhorn, options_.kind == AlignmentKind::ot_debiased});
  }
  throw InternalError("unknown kind of alignment");
}

}  // namespace intertwiner
