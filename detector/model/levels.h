// Assigns regions to pyramid levels (6.2, eq. 6; table 2a). Every rule is equal to three min areas, of levels 3, 4
// and 5.
//
//   round   level = clamp(round(4 + log2(sqrt(area) / base)), 2, 5): level k begins at base²·2^(2(k−4)−1), ties up
//   floor   the same with floor(… + 1e-6), as torchvision: level k begins at base²·2^(2(k−4−1e-6))
//   size    the first level with area < (14·stride)², where the region is smaller than RoIAlign's output; else level 5
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

/// Strides of the levels' maps in pixels of the image.
using LevelStrides = std::array<int64_t, 4>;
/// 4 to 32 for ResNets, with or without a pyramid; 16 to 128 for VGG-16.
LevelStrides level_strides(const ModelSettings& settings);
/// Side of each level's map / side of the image: 1 / stride.
std::vector<double> level_scales(const ModelSettings& settings);

class LevelSplit {
 public:
  static LevelSplit rounded(double base);
  static LevelSplit floored(double base);
  static LevelSplit by_size(const LevelStrides& strides);
  /// By the settings' level_rule.
  static LevelSplit of(const ModelSettings& settings);

  /// 2..5.
  INTERTWINER_HD int64_t level_of(const Box& region) const {
    const double width = double{region.x2} - region.x1, area = width * (double{region.y2} - region.y1);
    int64_t level = kFinestLevel;
    for (const double min : min_area_) level += area >= min ? 1 : 0;
    return level;
  }

  /// Of levels 3, 4 and 5, px².
  std::array<double, 3> min_areas() const { return {min_area_[0], min_area_[1], min_area_[2]}; }

 private:
  LevelSplit(double level3, double level4, double level5) : min_area_{level3, level4, level5} {}
  double min_area_[3];  // of levels 3, 4, 5, px²
};

}  // namespace intertwiner
