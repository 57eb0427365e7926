#include "layers/networks/resnet.h"

#include "engine/ops/pooling.h"

namespace intertwiner {
namespace {

constexpr int64_t kExpansion = 4;  // of a bottleneck's last convolution
// The widest maps of a network are the expansions of its first stage. They are also the cheapest to compute again: 2·64
// operations a value. In ResNet-50 they are a fifth of the memory that a training step keeps, and a hundredth of its
// arithmetic.
constexpr int64_t kRecomputedWidth = 64;

ConvNorm conv_norm(const Scope& scope, const std::string& index, const ConvShape& shape, const NormKind& norm) {
  return {scope, {"conv" + index, "bn" + index}, shape, he_normal(shape.size * shape.size * shape.out), norm};
}

}  // namespace

std::array<int64_t, 4> ResNetShape::out_channels() const {
  std::array<int64_t, 4> channels = widths;
  for (int64_t& c : channels) c *= bottleneck ? kExpansion : 1;
  return channels;
}

ResidualBlock::ResidualBlock(const Scope& scope, bool bottleneck, int64_t in, int64_t width, int64_t stride,
                             const NormKind& norm) {
  const int64_t out = bottleneck ? width * kExpansion : width;
  const bool recompute = bottleneck && width <= kRecomputedWidth;
  if (bottleneck) {
    convolutions_.push_back(conv_norm(scope, "1", {.in = in, .out = width, .size = 1}, norm));
    convolutions_.push_back(conv_norm(scope, "2", {.in = width, .out = width, .stride = stride, .padding = 1}, norm));
    convolutions_.push_back(conv_norm(scope, "3", {.in = width, .out = out, .size = 1, .recompute = recompute}, norm));
  } else {
    convolutions_.push_back(conv_norm(scope, "1", {.in = in, .out = width, .stride = stride, .padding = 1}, norm));
    convolutions_.push_back(conv_norm(scope, "2", {.in = width, .out = width, .padding = 1}, norm));
  }
  if (stride != 1 || in != out)
    downsample_.emplace_back(scope / "downsample", ConvNorm::Names{"0", "1"},
                             ConvShape{.in = in, .out = out, .size = 1, .stride = stride, .recompute = recompute},
                             he_normal(out), norm);
}

Variable ResidualBlock::operator()(const Variable& x, Pass pass) const {
  const Variable shortcut = downsample_.empty() ? x : downsample_[0](x, pass, false);
  Variable inner = convolutions_[0](x, pass, true);
  for (size_t i = 1; i < convolutions_.size(); ++i) {
    const bool last = i + 1 == convolutions_.size();
    const Variable next = convolutions_[i](inner, pass, true, last ? shortcut : Variable());
    inner.release();
    inner = next;
  }
  if (!downsample_.empty()) shortcut.release();
  return inner;
}

ResNet::ResNet(const Scope& scope, const ResNetShape& shape, const NormKind& norm, int64_t fixed_stages)
    : stem_(conv_norm(fixed_stages > 0 ? scope.fixed() : scope, "1",
                      {.in = 3, .out = shape.stem_width, .size = 7, .stride = 2, .padding = 3},
                      frozen_if(norm, fixed_stages > 0))) {
  int64_t in = shape.stem_width;
  const std::array<int64_t, 4> out = shape.out_channels();
  for (size_t layer = 0; layer < 4; ++layer) {
    const bool is_fixed = static_cast<int64_t>(layer) + 1 < fixed_stages;
    const Scope stage = (is_fixed ? scope.fixed() : scope) / ("layer" + std::to_string(layer + 1));
    for (int64_t block = 0; block < shape.blocks[layer]; ++block) {
      const int64_t stride = layer > 0 && block == 0 ? 2 : 1;
      layers_[layer].emplace_back(stage / std::to_string(block), shape.bottleneck, in, shape.widths[layer], stride,
                                  frozen_if(norm, is_fixed));
      in = out[layer];
    }
  }
}

std::array<Variable, 4> ResNet::operator()(const Variable& images, Pass pass) const {
  std::array<Variable, 4> maps;
  Variable x = max_pool(stem_(images, pass, true));
  for (size_t layer = 0; layer < 4; ++layer) {
    for (const ResidualBlock& block : layers_[layer]) {
      const Variable y = block(x, pass);
      if (&block != &layers_[layer].front()) x.release();  // the pyramid also reads the input of the first block
      x = y;
    }
    maps[layer] = x;
  }
  return maps;
}

}  // namespace intertwiner
