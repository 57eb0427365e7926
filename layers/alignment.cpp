#include "layers/alignment.h"

#include "engine/ops/activations.h"
#include "engine/ops/distance.h"
#include "layers/optimal_transport.h"

namespace intertwiner {

using Kind = AlignmentOptions::Kind;

Kind AlignmentOptions::named(const std::string& name) {
  if (name == "ot") return Kind::ot;
  if (name == "ot-debiased") return Kind::ot_debiased;
  if (name == "l2") return Kind::l2;
  if (name == "kl") return Kind::kl;
  throw UserError("alignment: no '" + name + "'; choose ot, ot-debiased, l2 or kl");
}

LevelAlignment::LevelAlignment(const Scope& scope, int64_t channels, const AlignmentOptions& options)
    : options_(options) {
  if (options.kind == Kind::ot || options.kind == Kind::ot_debiased) critic_.emplace(scope, channels);
}

Variable LevelAlignment::operator()(const Variable& own, const Variable& brought_down) const {
  if (options_.kind == Kind::l2) return mean_distance(in_full(own), in_full(brought_down), Distance::l2);
  if (options_.kind == Kind::kl)
    return mean_distance(softmax(in_full(own)), softmax(in_full(brought_down)), Distance::kl);
  const Variable x = (*critic_)(own, Pass::training), y = (*critic_)(brought_down, Pass::training);
  return transport_alignment(x, y, {options_.sinkhorn, options_.kind == Kind::ot_debiased});
}

}  // namespace intertwiner
