#include "layers/networks/vgg.h"

#include "engine/ops/pooling.h"

namespace intertwiner {
namespace {

constexpr std::array<int64_t, 5> kConvolutions = {2, 2, 3, 3, 3};  // of the groups

ConvNorm conv_norm(const Scope& scope, const ConvNorm::Names& names, const ConvShape& shape, const NormKind& norm) {
  const Initialisation first = uniform_by_fan_in(shape.size * shape.size * shape.in);
  return {scope, names, shape, first, first, norm};
}

/// Convolutions one after another. Maps between them are not kept: the backward pass normalises them again.
Variable chain(const std::vector<ConvNorm>& convolutions, Variable x, Pass pass) {
  for (const ConvNorm& convolution : convolutions) {
    const Variable y = convolution(x, pass, true);
    x.release();
    x = y;
  }
  return x;
}

}  // namespace

Vgg::Vgg(const Scope& scope, const VggShape& s, const NormKind& norm, int64_t fixed_stages) {
  const auto named = [&](const std::string& name, const ConvShape& shape) {
    return conv_norm(scope, {"conv" + name, "norm" + name}, shape, norm);
  };
  int64_t in = 3, index = 0;  // index: of the layer in torchvision's list, which includes ReLU and pooling
  for (size_t g = 0; g < groups_.size(); ++g) {
    const bool is_fixed = static_cast<int64_t>(g) < fixed_stages;
    const Scope features = (is_fixed ? scope.fixed() : scope) / "features";
    for (int64_t i = 0; i < kConvolutions[g]; ++i, index += 3) {
      groups_[g].push_back(conv_norm(features, {std::to_string(index), std::to_string(index + 1)},
                                     {.in = in, .out = s.widths[g], .padding = 1}, frozen_if(norm, is_fixed)));
      in = s.widths[g];
    }
    ++index;
  }
  dense_.push_back(named("6", {.in = in, .out = s.dense_width, .padding = 6, .dilation = 6}));
  dense_.push_back(named("7", {.in = s.dense_width, .out = s.dense_width, .size = 1}));
  in = s.dense_width;
  for (size_t e = 0; e < s.extra.size(); ++e) {
    const std::string number = std::to_string(8 + e);
    squeeze_.push_back(named(number + "_1", {.in = in, .out = s.squeezed[e], .size = 1}));
    extra_.push_back(named(number + "_2", {.in = s.squeezed[e], .out = s.extra[e], .stride = 2, .padding = 1}));
    in = s.extra[e];
  }
}

std::array<Variable, 4> Vgg::operator()(const Variable& images, Pass pass) const {
  Variable x = images;
  for (size_t g = 0; g < groups_.size(); ++g) {
    x = chain(groups_[g], x, pass);
    x = max_pool(x, g + 1 < groups_.size() ? MaxPool{.window = 2, .stride = 2, .padding = 0}
                                           : MaxPool{.window = 3, .stride = 1, .padding = 1});
  }
  std::array<Variable, 4> maps = {chain(dense_, x, pass)};
  for (size_t e = 0; e < extra_.size(); ++e) {
    const Variable squeezed = squeeze_[e](maps[e], pass, true);
    maps[e + 1] = extra_[e](squeezed, pass, true);
    squeezed.release();
  }
  return maps;
}

}  // namespace intertwiner
