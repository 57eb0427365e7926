// Index functions of a ring of tensors (engine/ops/ring.h).
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Subtracts the oldest tensor from the total, and writes `newest` over it. The index is an element of one tensor.
struct ReplaceOldest {
  [[no_unique_address]] NamedFields named{};
  const int32_t* oldest;  // slot
  const double* newest;
  int64_t size;
  double *slots, *total;

  INTERTWINER_HD void operator()(int64_t i) const {
    double& replaced = slots[*oldest * size + i];
    total[i] -= replaced;
    replaced = newest[i];
  }
};

/// Subtracts the oldest tensor from the total. The index is an element of one tensor.
struct SubtractOldest {
  [[no_unique_address]] NamedFields named{};
  const int32_t* oldest;  // slot
  const double* slots;
  int64_t size;
  double* total;

  INTERTWINER_HD void operator()(int64_t i) const { total[i] -= slots[*oldest * size + i]; }
};

/// The next slot becomes the oldest. One index.
struct AdvanceRing {
  [[no_unique_address]] NamedFields named{};
  int64_t slots;
  int32_t* oldest;
  INTERTWINER_HD void operator()(int64_t) const { *oldest = static_cast<int32_t>((*oldest + 1) % slots); }
};

}  // namespace intertwiner::kernels
