#include "layers/intertwiner.h"

#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

ConvNorm conv_norm(const Scope& scope, const std::string& index, const ConvShape& shape) {
  const Initialisation first = uniform_by_fan_in(shape.size * shape.size * shape.in);
  return {scope, {"conv" + index, "norm" + index}, shape, first, first};
}

}  // namespace

MakeUp::MakeUp(const Scope& scope, int64_t channels)
    : conv_(conv_norm(scope, "", {.in = channels, .out = channels, .padding = 1})) {}

Variable MakeUp::operator()(const Variable& regions, Pass pass) const { return conv_(regions, pass, true); }

Critic::Critic(const Scope& scope, const CriticShape& s)
    : first_(conv_norm(scope, "1", {.in = s.channels, .out = s.hidden, .stride = 2, .padding = 1})),
      second_(conv_norm(scope, "2", {.in = s.hidden, .out = s.features, .size = kRegionSide / 2})),
      softmax_(s.softmax) {
  if (s.third) third_.emplace(conv_norm(scope, "3", {.in = s.features, .out = s.features, .size = 1}));
}

Variable Critic::raw(const Variable& regions, Pass pass, bool update) const {
  const Variable hidden = first_(regions, pass, true, {}, update);
  Variable features = second_(hidden, pass, true, {}, update);
  hidden.release();
  if (third_) features = (*third_)(features, pass, true, {}, update);
  return reshape(features, {features.dim(0), features.dim(3)});
}

Variable Critic::squash(const Variable& raw) const { return softmax_ ? softmax(raw) : sigmoid(raw); }

}  // namespace intertwiner
