// The sum of the last K tensors. A ring has K slots; the newest tensor replaces the oldest.
//
//   replace_oldest({slots, oldest}, newest, total);    // total −= the oldest
//   add_into(total, newest);
//   advance_ring(oldest, K);
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

struct Ring {
  Tensor slots;   ///< K×…, float64
  Tensor oldest;  ///< one value, int32: the slot of the oldest tensor
};

/// Subtracts the oldest tensor from `total` and puts `newest` in its slot. Both have a slot's size, float64.
void replace_oldest(const Ring& ring, const Tensor& newest, const Tensor& total);
/// Subtracts the oldest tensor from `total`, and leaves the ring as it is.
void subtract_oldest(const Ring& ring, const Tensor& total);
/// The next of `slots` slots becomes the oldest. Rings that share `oldest` are advanced together.
void advance_ring(const Tensor& oldest, int64_t slots);

}  // namespace intertwiner
