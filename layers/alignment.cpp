#include "layers/alignment.h"

#include "engine/ops/activations.h"
#include "engine/ops/pooling.h"
#include "engine/ops/transpose.h"

namespace intertwiner {
namespace {

constexpr int64_t kTransportSide = 8;  // k = 8·8 = 64

ConvNorm conv_norm(const Scope& scope, const std::string& index, int64_t channels) {
  const Initialisation first = uniform_by_fan_in(9 * channels);
  return {scope,
          {"conv" + index, "norm" + index},
          {.in = channels, .out = channels, .stride = 2, .padding = 1},
          first,
          first};
}

}  // namespace

Upsampler::Upsampler(const Scope& scope, int64_t in, int64_t out)
    : weight_((scope / "conv").parameter("weight", {in, 3, 3, out}, uniform_by_fan_in(9 * out), true)),
      bias_((scope / "conv").parameter("bias", {out}, uniform_by_fan_in(9 * out), false)),
      norm_(scope / "norm", out) {}

Variable Upsampler::operator()(const Variable& coarse, int64_t height, int64_t width, Pass pass) const {
  const Variable wide =
      conv_transpose2d(coarse, weight_, {.stride = 2, .padding = 1, .output_padding = 1, .bias = bias_});
  return crop(norm_(wide, pass, true), height, width);
}

TransportCritic::TransportCritic(const Scope& scope, int64_t channels)
    : first_(conv_norm(scope, "1", channels)), second_(conv_norm(scope, "2", channels)) {}

Variable TransportCritic::operator()(const Variable& map, Pass pass) const {
  const Variable hidden = first_(map, pass, true);
  const Variable small = adaptive_mean_pool(in_full(second_(hidden, pass, true)), kTransportSide);
  hidden.release();
  return transpose(reshape(small, {map.dim(0), kTransportSide * kTransportSide, map.dim(3)}));
}

}  // namespace intertwiner
