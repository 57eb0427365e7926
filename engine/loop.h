// Work that is neither a matrix product nor a convolution: a function of an index, run for every index.
//
// The function is a small struct with its arrays as members, marked INTERTWINER_HD, so that the CPU runs over threads
// the very code that a GPU runs over a grid. Indices must not depend on one another; sums that meet from many sides are
// gathered by the index that owns the result.
#pragma once
#include "engine/host_device.h"
#include "engine/parallel.h"

namespace intertwiner {

/// Calls kernel(i) for i in [0, count). `grain` is how many indices are worth a thread's attention: about 100 µs of
/// work.
template <class Kernel>
void for_each_index(int64_t count, int64_t grain, const Kernel& kernel) {
  parallel_chunks(count, grain, [kernel](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) kernel(i);
  });
}

constexpr int64_t kElementGrain = 1 << 15;  ///< grain of one or two operations an index

}  // namespace intertwiner
