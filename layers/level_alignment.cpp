#include "layers/level_alignment.h"

#include "engine/ops/activations.h"
#include "engine/ops/distance.h"

namespace intertwiner {

using Kind = AlignmentOptions::Kind;

LevelAlignment::LevelAlignment(const Scope& scope, int64_t channels, const AlignmentOptions& options)
    : options_(options) {
  if (options.kind == Kind::ot || options.kind == Kind::ot_debiased) critic_.emplace(scope, channels);
}

Variable LevelAlignment::operator()(const Variable& own, const Variable& brought_down) const {
  if (options_.kind == Kind::l2) return mean_distance(own, brought_down, Distance::l2);
  if (options_.kind == Kind::kl) return mean_distance(softmax(own), softmax(brought_down), Distance::kl);
  const Variable x = (*critic_)(own, Pass::training), y = (*critic_)(brought_down, Pass::training);
  const auto price = [&](const Variable& a, const Variable& b) { return sinkhorn_divergence(a, b, options_.sinkhorn); };
  if (options_.kind == Kind::ot) return price(x, y);
  return weighted_sum({price(x, y), price(x, x), price(y, y)}, {2, -1, -1});
}

}  // namespace intertwiner
