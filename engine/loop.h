// Work that is neither a matrix product nor a convolution: a function of an index, run for every index.
//
// The function is a small struct with its arrays as members, marked INTERTWINER_HD, so that the CPU runs over threads
// the very code that a GPU runs over a grid. Indices must not depend on one another; sums that meet from many sides are
// gathered by the index that owns the result.
#pragma once
#include <vector>

#include "engine/host_device.h"
#include "engine/parallel.h"

namespace intertwiner {

/// Calls kernel(i) for i in [0, count). `grain` is how many indices are worth a thread's attention: about 100 µs of
/// work.
template <class Kernel>
void for_each_index(int64_t count, int64_t grain, const Kernel& kernel) {
  parallel_chunks(count, grain, [kernel](int64_t begin, int64_t end) {
#pragma GCC ivdep  // a result written over what it is made from is no dependence between indices
    for (int64_t i = begin; i < end; ++i) kernel(i);
  });
}

constexpr int64_t kElementGrain = 1 << 15;  ///< grain of one or two operations an index

/// term(0) + … + term(count − 1) in double precision, in an order that `count` alone decides: chunks one after another,
/// and within a chunk eight sums side by side, so that a register holds them.
template <class Term>
double sum_over_index(int64_t count, const Term& term) {
  constexpr int64_t kLanes = 8;
  std::vector<double> partial(static_cast<size_t>(divide_up(count, kElementGrain)));
  parallel_chunks(count, kElementGrain, [&, term](int64_t begin, int64_t end) {
    double sums[kLanes] = {};
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
      for (int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += static_cast<double>(term(i + lane));
    for (; i < end; ++i) sums[0] += static_cast<double>(term(i));
    double& sum = partial[static_cast<size_t>(begin / kElementGrain)];
    for (const double part : sums) sum += part;
  });
  double sum = 0;
  for (const double part : partial) sum += part;
  return sum;
}

}  // namespace intertwiner
