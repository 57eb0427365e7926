// Which pyramid level a region belongs to (6.2, eq. 6; table 2a). Every rule comes down to three areas, the smallest of
// levels 3, 4 and 5.
//
//   round   level = clamp(round(4 + log2(sqrt(area) / base)), 2, 5): level k begins at base²·2^(2(k−4)−1), ties up
//   floor   the same with floor(… + 1e-6), as torchvision: level k begins at base²·2^(2(k−4−1e-6))
//   size    the first level with area < (14·stride)², where the region fills less than RoIAlign's output; else level 5
//
// With round and base 224, a region of 158.4 px a side is the smallest of level 4, one of 316.8 px the smallest of
// level 5.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "engine/box.h"

namespace intertwiner {

struct ModelSettings;

constexpr int64_t kFinestLevel = 2, kCoarsestLevel = 5;

/// Pixels of the image from one pixel of each level's map to the next.
using LevelStrides = std::array<int64_t, 4>;
/// 4 to 32 of a ResNet, with a pyramid or without; 16 to 128 of VGG-16.
LevelStrides level_strides(const ModelSettings& settings);
/// Sides of the levels' maps over the image's: 1 / stride.
std::vector<double> level_scales(const ModelSettings& settings);

class LevelSplit {
 public:
  static LevelSplit rounded(double base);
  static LevelSplit floored(double base);
  static LevelSplit by_size(const LevelStrides& strides);
  /// By the rule that the settings name.
  static LevelSplit of(const ModelSettings& settings);

  /// 2..5.
  INTERTWINER_HD int64_t level_of(const Box& region) const {
    const double width = double{region.x2} - region.x1, area = width * (double{region.y2} - region.y1);
    int64_t level = kFinestLevel;
    for (const double min : min_area_) level += area >= min ? 1 : 0;
    return level;
  }

 private:
  LevelSplit(double level3, double level4, double level5) : min_area_{level3, level4, level5} {}
  double min_area_[3];  // of levels 3, 4, 5, px²
};

}  // namespace intertwiner
