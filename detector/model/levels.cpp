#include "detector/model/levels.h"

#include <cmath>

#include "detector/settings/settings.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr double kRoundingAid = 1e-6;  // torchvision's, for a logarithm just below a whole number
constexpr double kRoiSide = 14;        // of RoIAlign's output

}  // namespace

LevelStrides level_strides(const ModelSettings& settings) {
  switch (settings.backbone) {
    case Body::resnet18:
    case Body::resnet34:
    case Body::resnet50:
    case Body::resnet101:
    case Body::resnet152:
      return {4, 8, 16, 32};
    case Body::vgg16:
      return {16, 32, 64, 128};
  }
  throw InternalError("unknown backbone");
}

std::vector<double> level_scales(const ModelSettings& settings) {
  std::vector<double> scales;
  for (const int64_t stride : level_strides(settings)) scales.push_back(1 / static_cast<double>(stride));
  return scales;
}

LevelSplit LevelSplit::rounded(double base) {
  const double area = base * base;
  return {area / 8, area / 2, area * 2};
}

LevelSplit LevelSplit::floored(double base) {
  const double aid = std::exp2(-2 * kRoundingAid), area = base * base * aid;
  return {area / 4, area, area * 4};
}

LevelSplit LevelSplit::by_size(const LevelStrides& strides) {
  const auto min_area = [&](size_t l) { return std::pow(kRoiSide * static_cast<double>(strides[l]), 2); };
  return {min_area(0), min_area(1), min_area(2)};
}

LevelSplit LevelSplit::of(const ModelSettings& settings) {
  switch (settings.level_rule) {
    case LevelRule::round:
      return rounded(settings.level_base);
    case LevelRule::floor:
      return floored(settings.level_base);
    case LevelRule::size:
      return by_size(level_strides(settings));
  }
  throw InternalError("unknown level rule");
}

}  // namespace intertwiner
