#include "engine/ops/ring.h"

#include "engine/backend/loop.h"
#include "engine/kernels/ring.h"

namespace intertwiner {

void replace_oldest(const Ring& ring, const Tensor& newest, const Tensor& total) {
  for_each_index({.device = total.device(), .count = total.size()}, [&](const Pointers& at) {
    return kernels::ReplaceOldest{.oldest = at(ring.oldest),
                                  .newest = at(newest),
                                  .size = total.size(),
                                  .slots = at(ring.slots),
                                  .total = at(total)};
  });
}

void subtract_oldest(const Ring& ring, const Tensor& total) {
  for_each_index({.device = total.device(), .count = total.size()}, [&](const Pointers& at) {
    return kernels::SubtractOldest{
        .oldest = at(ring.oldest), .slots = at(ring.slots), .size = total.size(), .total = at(total)};
  });
}

void advance_ring(const Tensor& oldest, int64_t slots) {
  for_each_index({.device = oldest.device(), .count = 1},
                 [&](const Pointers& at) { return kernels::AdvanceRing{.slots = slots, .oldest = at(oldest)}; });
}

}  // namespace intertwiner
