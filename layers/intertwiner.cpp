#include "layers/intertwiner.h"

#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

ConvNorm conv_norm(const Scope& scope, const std::string& index, const ConvShape& shape) {
  const Initialisation first = uniform_by_fan_in(shape.size * shape.size * shape.in);
  return {scope, {"conv" + index, "norm" + index}, shape, first, first};
}

int64_t filter_size(int64_t side) { return side > 1 ? 3 : 1; }

ConvShape first_of_critic(const CriticShape& s) {
  const int64_t size = filter_size(s.side);
  return {.in = s.channels, .out = s.hidden, .size = size, .stride = s.side > 1 ? 2 : 1, .padding = size / 2};
}

}  // namespace

MakeUp::MakeUp(const Scope& scope, int64_t channels, int64_t side)
    : conv_(conv_norm(
          scope, "", {.in = channels, .out = channels, .size = filter_size(side), .padding = filter_size(side) / 2})) {}

Variable MakeUp::operator()(const Variable& regions, const NormPass& pass) const { return conv_(regions, pass, true); }

Critic::Critic(const Scope& scope, const CriticShape& s)
    : first_(conv_norm(scope, "1", first_of_critic(s))),
      second_(conv_norm(scope, "2", {.in = s.hidden, .out = s.features, .size = (s.side + 1) / 2})),
      softmax_(s.softmax) {
  if (s.third) third_.emplace(conv_norm(scope, "3", {.in = s.features, .out = s.features, .size = 1}));
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
