#include "layers/critic.h"

#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

ConvShape first_shape(const CriticShape& s) {
  const int64_t size = s.side > 1 ? 3 : 1;
  return {.in = s.channels, .out = s.hidden, .size = size, .stride = s.side > 1 ? 2 : 1, .padding = size / 2};
}

}  // namespace

Critic::Critic(const Scope& scope, const CriticShape& s)
    : first_(conv_norm_with_bias(scope, "1", first_shape(s))),
      second_(conv_norm_with_bias(scope, "2", {.in = s.hidden, .out = s.features, .size = (s.side + 1) / 2})),
      softmax_(s.softmax) {
  if (s.third) third_.emplace(conv_norm_with_bias(scope, "3", {.in = s.features, .out = s.features, .size = 1}));
}

Variable Critic::raw(const Variable& regions, const NormPass& pass) const {
  const Variable hidden = first_(regions, pass, true);
  Variable features = second_(hidden, pass, true);
  hidden.release();
  if (third_) features = (*third_)(features, pass, true);
  return in_full(reshape(features, {features.dim(0), features.dim(3)}));
}

Variable Critic::squash(const Variable& raw) const { return softmax_ ? softmax(raw) : sigmoid(raw); }

}  // namespace intertwiner
