// Index functions of kernels/labels.h.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// The label; −1 for background.
struct Foreground {
  [[no_unique_address]] NamedFields named{};
  const int32_t* label;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const { out[r] = label[r] == 0 ? -1 : label[r]; }
};

/// 0 for a positive, −1 for the rest.
struct Positives {
  [[no_unique_address]] NamedFields named{};
  const int32_t* label;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const { out[r] = label[r] > 0 ? 0 : -1; }
};

/// (level mod buffers)·classes + label; −1 for background and for the level that is left out.
struct BufferRows {
  [[no_unique_address]] NamedFields named{};
  const int32_t *label, *level;
  int32_t classes, buffers, left_out;
  int32_t* out;
  INTERTWINER_HD void operator()(int64_t r) const {
    const bool none = label[r] <= 0 || level[r] == left_out;
    out[r] = none ? -1 : level[r] % buffers * classes + label[r];
  }
};

}  // namespace intertwiner::kernels
