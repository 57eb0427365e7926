// Index functions of labels, int32: what one says of a row becomes what another reads of it. −1 stands for none.
#pragma once
#include <cstdint>

#include "engine/kernels/host_device.h"

namespace intertwiner::kernels {

/// Class 0, the background, becomes none.
struct Foreground {
  const int32_t* label;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const { out[r] = label[r] == 0 ? -1 : label[r]; }
};

/// Group 0 of one group for a positive, none for the rest.
struct Positives {
  const int32_t* label;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const { out[r] = label[r] > 0 ? 0 : -1; }
};

/// Rows of a buffer that holds `classes` rows for each of its parts. Part of level l: l modulo `parts`. Background has
/// no row, nor has level `left_out`.
struct BufferRows {
  const int32_t *label, *level;
  int32_t classes, parts, left_out;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const {
    const bool none = label[r] <= 0 || level[r] == left_out;
    out[r] = none ? -1 : level[r] % parts * classes + label[r];
  }
};

}  // namespace intertwiner::kernels
