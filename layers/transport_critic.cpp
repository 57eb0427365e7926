#include "layers/transport_critic.h"

#include "engine/ops/activations.h"
#include "engine/ops/pooling.h"
#include "engine/ops/transpose.h"

namespace intertwiner {
namespace {

constexpr int64_t kTransportSide = 8;  // k = 8·8 = 64

ConvShape halving(int64_t channels) { return {.in = channels, .out = channels, .stride = 2, .padding = 1}; }

}  // namespace

TransportCritic::TransportCritic(const Scope& scope, int64_t channels)
    : first_(conv_norm_with_bias(scope, "1", halving(channels))),
      second_(conv_norm_with_bias(scope, "2", halving(channels))) {}

Variable TransportCritic::operator()(const Variable& map, Pass pass) const {
  const Variable hidden = first_(map, pass, true);
  const Variable small = adaptive_mean_pool(in_full(second_(hidden, pass, true)), kTransportSide);
  hidden.release();
  return transpose(reshape(small, {map.dim(0), kTransportSide * kTransportSide, map.dim(3)}));
}

}  // namespace intertwiner
