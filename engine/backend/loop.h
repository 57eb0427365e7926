// The one way to launch a loop: an index function, called for every index on the device where its arrays lie.
//
// An index function is a small struct (engine/kernels/) with its arrays as fields, marked INTERTWINER_HD: the CPU runs
// it over threads, a GPU over a grid. Indices must not depend on one another; a sum that many indices contribute to is
// gathered by the index that owns the result. Example, y = factor · x:
//
//   for_each_float_index({.device = x.device(), .count = x.size()}, x.dtype(), [&]<class T>(const Pointers& at) {
//     return kernels::Scale<T>{.x = at(x), .factor = static_cast<T>(factor), .out = at(y)};
//   });
//
// `at` turns a tensor into the pointer that the field wants, and checks its device and type. Fields have to be named
// (engine/kernels/named_fields.h), so two arrays of one type cannot be swapped unnoticed.
#pragma once
#include <initializer_list>
#include <type_traits>
#include <typeinfo>

#include "engine/backend/backend.h"
#include "engine/host_device.h"
#include "engine/kernels/pack.h"
#include "engine/parallel.h"

namespace intertwiner {

constexpr int64_t kElementGrain = 1 << 15;  ///< grain of one or two operations an index

struct Loop {
  Device device;                  ///< where the arrays lie
  int64_t count;                  ///< of indices
  int64_t grain = kElementGrain;  ///< on the CPU, indices a thread takes at a time: about 100 µs of work
};

/// Pointers to the elements of tensors that lie on one device.
class Pointers {
 public:
  /// Converts to the pointer that is asked for.
  class Pointer {
   public:
    Pointer(const Tensor* tensor, Device device) : tensor_(tensor), device_(device) {}
    template <class T>
    operator T*() const {
      return tensor_ ? tensor_->data<std::remove_const_t<T>>(device_) : nullptr;
    }

   private:
    const Tensor* tensor_;
    Device device_;
  };

  explicit Pointers(Device device) : device_(device) {}
  /// Throws InternalError, when converted, where the tensor lies elsewhere or is of another type.
  Pointer operator()(const Tensor& tensor) const { return {&tensor, device_}; }
  /// The same; null for an undefined tensor.
  Pointer or_null(const Tensor& tensor) const { return {tensor.defined() ? &tensor : nullptr, device_}; }

 private:
  Device device_;
};

/// kernel(i) for i in [begin, end); `function` is a Kernel.
template <class Kernel>
void run_range(const void* function, int64_t begin, int64_t end) {
  const Kernel kernel = *static_cast<const Kernel*>(function);
#pragma GCC ivdep  // a result written over what it is made from is no dependence between indices
  for (int64_t i = begin; i < end; ++i) kernel(i);
}

/// Calls the index function that `make(at)` returns for every index of `loop`.
template <class Make>
void for_each_index(const Loop& loop, const Make& make) {
  const auto kernel = make(Pointers(loop.device));
  using Kernel = std::remove_const_t<decltype(kernel)>;
  if (loop.device != Device::cpu)
    return backend_of(loop.device)
        .launch({typeid(Kernel).name(), &kernel, sizeof kernel, loop.count, run_range<Kernel>});
  parallel_chunks(loop.count, loop.grain,
                  [&kernel](int64_t begin, int64_t end) { run_range<Kernel>(&kernel, begin, end); });
}

/// The same with `make.operator()<T>(at)`, T float or double as `type` says.
template <class Make>
void for_each_float_index(const Loop& loop, DType type, const Make& make) {
  with_float_type(type, [&]<class T>(T) {
    for_each_index(loop, [&](const Pointers& at) { return make.template operator()<T>(at); });
  });
}

/// The same with T Bfloat16 as well, for maps.
template <class Make>
void for_each_map_index(const Loop& loop, DType type, const Make& make) {
  with_map_type(type, [&]<class T>(T) {
    for_each_index(loop, [&](const Pointers& at) { return make.template operator()<T>(at); });
  });
}

/// Calls f with the number of neighbouring elements that an index of an element-wise function takes, as an
/// integral_constant: kPack where all of these tensors begin and end on so many, and so do rows of `columns`. It is 1
/// elsewhere and on the CPU, whose compiler joins indices by itself. Undefined tensors do not count.
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

}  // namespace intertwiner
