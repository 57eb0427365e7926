// Two loops in one launch. The second runs after the first, so it can join the first one's partial results.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// On a GPU the first loop runs over the grid and the second in the block of threads that ends last
/// (engine/cuda/launch_then.cuh), so the second should have few indices. Elsewhere this is an index function with one
/// index, which runs both.
template <class First, class Second>
struct Then {
  [[no_unique_address]] NamedFields named{};
  First first;
  int64_t first_count;
  Second second;
  int64_t second_count;

  INTERTWINER_HD void operator()(int64_t) const {
    for (int64_t i = 0; i < first_count; ++i) first(i);
    for (int64_t i = 0; i < second_count; ++i) second(i);
  }
};

}  // namespace intertwiner::kernels
