#include "layers/networks/classifier.h"

#include "engine/ops/activations.h"
#include "engine/ops/pooling.h"

namespace intertwiner {

Classifier::Classifier(const Scope& scope, const ClassifierShape& shape)
    : stem_(scope, {"conv1", "bn1"}, {.in = 3, .out = shape.width, .padding = 1}, he_normal(9 * shape.width)),
      scores_(scope / "fc", shape.width << (kStages - 1), shape.classes) {
  int64_t in = shape.width;
  for (size_t s = 0; s < kStages; ++s) {
    const Scope stage = scope / ("layer" + std::to_string(s + 1));
    const int64_t width = shape.width << s;
    for (int64_t block = 0; block < shape.blocks; ++block) {
      stages_[s].emplace_back(stage / std::to_string(block), false, in, width, s > 0 && block == 0 ? 2 : 1, NormKind{});
      in = width;
    }
    if (!shape.alignment || s + 1 == kStages) continue;
    const std::string name = std::to_string(s + 1);
    bridges_.push_back({Upsampler(scope / "upsample" / name, 2 * width, width),
                        LevelAlignment(scope / "ot_critic" / name, width, *shape.alignment)});
  }
}

Classifier::Output Classifier::operator()(const Variable& images, Pass pass) const {
  std::array<Variable, kStages> maps;
  Variable x = stem_(images, pass, true);
  for (size_t s = 0; s < kStages; ++s) {
    for (const ResidualBlock& block : stages_[s]) x = block(x, pass);
    maps[s] = x;
  }
  const Variable mean = adaptive_mean_pool(in_full(x), 1);
  Output output{scores_(reshape(mean, {mean.dim(0), mean.dim(3)})), {}};
  if (pass == Pass::training && !bridges_.empty()) output.alignment = alignment_loss(maps);
  return output;
}

Variable Classifier::alignment_loss(const std::array<Variable, kStages>& maps) const {
  std::vector<Variable> losses;
  for (size_t s = 0; s < bridges_.size(); ++s) {
    const Variable brought_down = bridges_[s].upsample(maps[s + 1], maps[s].dim(1), maps[s].dim(2), Pass::training);
    losses.push_back(bridges_[s].alignment(maps[s], brought_down));
  }
  return weighted_sum(losses, std::vector<double>(losses.size(), 1.0));
}

}  // namespace intertwiner
