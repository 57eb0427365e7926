#include "layers/upsampler.h"

#include "engine/ops/pooling.h"

namespace intertwiner {

Upsampler::Upsampler(const Scope& scope, int64_t in, int64_t out)
    : weight_((scope / "conv").parameter("weight", {in, 3, 3, out}, uniform_by_fan_in(9 * out), true)),
      bias_((scope / "conv").parameter("bias", {out}, uniform_by_fan_in(9 * out), false)),
      norm_(scope / "norm", out) {}

Variable Upsampler::operator()(const Variable& coarse, int64_t height, int64_t width, Pass pass) const {
  const Variable wide =
      conv_transpose2d(coarse, weight_, {.stride = 2, .padding = 1, .output_padding = 1, .bias = bias_});
  return crop(norm_(wide, pass, true), height, width);
}

}  // namespace intertwiner
