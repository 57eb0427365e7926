// Work that is neither a matrix product nor a convolution: a function of an index, run for every index.
//
// The function is a small struct (engine/kernels/) with its arrays as members, marked INTERTWINER_HD, so that the CPU
// runs over threads the very code that a GPU runs over a grid. Indices must not depend on one another; sums that meet
// from many sides are gathered by the index that owns the result.
#pragma once
#include <initializer_list>
#include <type_traits>
#include <typeinfo>

#include "engine/backend/backend.h"
#include "engine/kernels/host_device.h"
#include "engine/kernels/pack.h"
#include "engine/parallel.h"

namespace intertwiner {

/// kernel(i) for i in [begin, end); `function` is a Kernel.
template <class Kernel>
void run_range(const void* function, int64_t begin, int64_t end) {
  const Kernel kernel = *static_cast<const Kernel*>(function);
#pragma GCC ivdep  // a result written over what it is made from is no dependence between indices
  for (int64_t i = begin; i < end; ++i) kernel(i);
}

/// Calls kernel(i) for i in [0, count) on `device`, where the arrays lie that it reads and writes. On the CPU `grain`
/// is how many indices are worth a thread's attention: about 100 µs of work.
template <class Kernel>
void for_each_index(Device device, int64_t count, int64_t grain, const Kernel& kernel) {
  if (device != Device::cpu)
    return backend_of(device).launch({typeid(Kernel).name(), &kernel, sizeof kernel, count, run_range<Kernel>});
  parallel_chunks(count, grain, [&kernel](int64_t begin, int64_t end) { run_range<Kernel>(&kernel, begin, end); });
}

/// Calls f with the number of neighbouring elements that an index of an element-wise function takes: kPack where all
/// of these tensors begin and end on so many, and so do rows of `columns`; else, and on the CPU, whose compiler joins
/// indices by itself, 1. Undefined tensors do not count.
template <class F>
void with_pack(std::initializer_list<Tensor> tensors, int64_t columns, const F& f) {
  bool whole = columns % kernels::kPack == 0;
  for (const Tensor& t : tensors) {
    if (!t.defined()) continue;
    const auto address = reinterpret_cast<uintptr_t>(t.raw(t.device()));
    whole = whole && t.device() != Device::cpu && t.size() % kernels::kPack == 0 && address % 16 == 0;
  }
  if (whole)
    f(std::integral_constant<int, kernels::kPack>());
  else
    f(std::integral_constant<int, 1>());
}

constexpr int64_t kElementGrain = 1 << 15;  ///< grain of one or two operations an index

}  // namespace intertwiner
