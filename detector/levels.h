// Which pyramid level a region belongs to (6.2, eq. 6): level = clamp(round(4 + log2(sqrt(area) / base)), 2, 5).
//
// Computed without a logarithm: level k begins at the area base²·2^(2(k−4)−1), ties up. With base 224, a region of
// 158.4 px a side is the smallest of level 4, one of 316.8 px the smallest of level 5.
#pragma once
#include <cstdint>

#include "data/box.h"

namespace intertwiner {

constexpr int64_t kFinestLevel = 2, kCoarsestLevel = 5;

/// 2..5. `base` in pixels.
inline int64_t level_of(const Box& region, double base) {
  int64_t level = kFinestLevel;
  double least_area = base * base / 32;  // of level 3: 2^(2·(3−4)−1) = 1/8; of level 2 it would be 1/32
  while (level < kCoarsestLevel) {
    least_area *= 4;
    if (static_cast<double>(region.area()) < least_area) break;
    ++level;
  }
  return level;
}

}  // namespace intertwiner
