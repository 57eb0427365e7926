// Index functions of kernels/large_set.h.
#pragma once
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// 1 where a region is in a level's large set, −1 elsewhere; the index is (level l, region).
struct FlagLarge {
  [[no_unique_address]] NamedFields named{};
  const int32_t *level, *label;
  int64_t regions;
  bool with_background;
  int32_t* flag;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t l = index / regions, r = index % regions;
    flag[index] = level[r] > l && label[r] >= (with_background ? 0 : 1) ? 1 : -1;
  }
};

/// One row of the large sets by its number among (level l, region), −1 for none; T is the type of the boxes.
template <class T>
struct LargeSetRow {
  [[no_unique_address]] NamedFields named{};
  const int32_t* rows;
  const T* regions;
  const int32_t *region_image, *region_level, *region_label;
  int64_t region_count;
  int32_t map_of_pair[4][4];
  double* boxes;
  int32_t *image, *map, *level, *labels;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t row = rows[i], l = row / region_count, r = row % region_count;
    const bool valid = row >= 0;
    for (int64_t k = 0; k < 4; ++k) boxes[4 * i + k] = valid ? static_cast<double>(regions[4 * r + k]) : 0;
    image[i] = valid ? region_image[r] : -1;
    map[i] = valid ? map_of_pair[l][region_level[r]] : -1;
    level[i] = valid ? static_cast<int32_t>(l) : -1;
    labels[i] = valid ? region_label[r] : -1;
  }
};

}  // namespace intertwiner::kernels
