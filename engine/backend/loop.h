// Loops: for_each_index calls an index function for every index, on the device where its arrays lie.
//
// An index function is a small struct (engine/kernels/) with its arrays as fields, marked INTERTWINER_HD: the CPU runs
// it over threads, a GPU over a grid. Indices must not depend on one another. Each result belongs to one index, which
// gathers the terms of its sum. Example, y = factor · x:
//
//   for_each_float_index({.device = x.device(), .count = x.size()}, x.dtype(), [&]<class T>(const Pointers& at) {
//     return kernels::Scale<T>{.x = at(x), .factor = static_cast<T>(factor), .out = at(y)};
//   });
//
// `at` converts a tensor to the pointer type of the field, and checks device and type. Fields must be named
// (engine/kernels/named_fields.h), so two arrays of one type cannot be swapped by mistake.
#pragma once
#include <algorithm>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/host_device.h"
#include "engine/kernels/pack.h"
#include "engine/parallel.h"

namespace intertwiner {

constexpr int64_t kElementGrain = 1 << 15;  ///< grain of a loop with one or two operations an index

struct Loop {
  Device device;                  ///< where the arrays lie
  int64_t count;                  ///< of indices
  int64_t grain = kElementGrain;  ///< indices that a CPU thread takes at a time: about 100 µs of work
};

/// A loop that never runs on a GPU, and one that never runs on the CPU (with_lanes): code for the other is left out.
struct HostLoop : Loop {};
struct DeviceLoop : Loop {};

/// Pointers to the elements of tensors that lie on one device.
class Pointers {
 public:
  /// Converts to a pointer to the elements.
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
  /// The conversion throws InternalError if the tensor lies elsewhere or has another type.
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
#pragma GCC ivdep  // a result may overwrite its own input; indices stay independent
  for (int64_t i = begin; i < end; ++i) kernel(i);
}

/// The same for an index function of a DeviceLoop, which only tests run on the host: compiled to be small.
template <class Kernel>
[[gnu::cold, gnu::flatten]] void run_range_of_device(const void* function, int64_t begin, int64_t end) {
  const Kernel kernel = *static_cast<const Kernel*>(function);
  for (int64_t i = begin; i < end; ++i) kernel(i);
}

template <class Kernel, class AnyLoop>
constexpr auto range_function() {
  if constexpr (std::is_same_v<AnyLoop, DeviceLoop>)
    return run_range_of_device<Kernel>;
  else
    return run_range<Kernel>;
}

/// Calls the index function for every index of `loop`: on the CPU over threads, else as the backend launches it.
void launch(const Loop& loop, const IndexFunction& function);

/// Calls the index function that `make(at)` returns for every index of `loop`.
template <class AnyLoop = Loop, class Make>
void for_each_index(const AnyLoop& loop, const Make& make) {
  const auto kernel = make(Pointers(loop.device));
  using Kernel = std::remove_const_t<decltype(kernel)>;
  launch(loop, {.type = typeid(Kernel).name(),
                .function = &kernel,
                .bytes = sizeof kernel,
                .count = loop.count,
                .run = range_function<Kernel, AnyLoop>()});
}

/// The same with `make.operator()<T>(at)`, where T is the C++ type of `type`, float or double.
template <class AnyLoop = Loop, class Make>
void for_each_float_index(const AnyLoop& loop, DType type, const Make& make) {
  with_float_type(type, [&]<class T>(T) {
    for_each_index(loop, [&](const Pointers& at) { return make.template operator()<T>(at); });
  });
}

/// The same for maps: on a GPU, T may also be Bfloat16.
template <class AnyLoop = Loop, class Make>
void for_each_map_index(const AnyLoop& loop, DType type, const Make& make) {
  if constexpr (std::is_same_v<AnyLoop, HostLoop>)
    for_each_float_index(loop, type, make);
  else
    with_map_type(type, [&]<class T>(T) {
      for_each_index(loop, [&](const Pointers& at) { return make.template operator()<T>(at); });
    });
}

/// Whether a GPU's index may read kPack elements of each tensor at once: tensors are aligned, and their sizes and
/// `columns` are multiples of kPack. Undefined tensors do not count.
inline bool can_pack(const std::vector<Tensor>& tensors, int64_t columns) {
  return columns % kernels::kPack == 0 && std::all_of(tensors.begin(), tensors.end(), [](const Tensor& t) {
           return !t.defined() || (t.size() % kernels::kPack == 0 &&
                                   reinterpret_cast<uintptr_t>(t.raw(t.device())) % kernels::kPackAlignment == 0);
         });
}

/// Calls f with the number of neighbouring elements for one index of an element-wise function, as an integral_constant.
/// It is kPack on a GPU if can_pack. Else it is 1; on the CPU the compiler vectorises by itself.
template <class F>
void with_pack(const std::vector<Tensor>& tensors, int64_t columns, const F& f) {
  if (tensors[0].device() != Device::cpu && can_pack(tensors, columns))
    f(std::integral_constant<int, kernels::kPack>());
  else
    f(std::integral_constant<int, 1>());
}

/// Calls f.operator()<N>(loop), where `loop` goes over the groups of N of `columns` of each index of `rows`
/// (engine/kernels/lanes.h).
template <class F>
void with_device_lanes(const DeviceLoop& rows, const std::vector<Tensor>& tensors, int64_t columns, const F& f) {
  with_pack(tensors, columns, [&]<int n>(std::integral_constant<int, n>) {
    f.template operator()<n>(DeviceLoop{{rows.device, rows.count * (columns / n)}});
  });
}

/// The same on any device. N is 0 on the CPU: a group is all columns.
template <class F>
void with_lanes(const Loop& rows, const std::vector<Tensor>& tensors, int64_t columns, const F& f) {
  if (rows.device == Device::cpu)
    f.template operator()<0>(HostLoop{rows});
  else
    with_device_lanes(DeviceLoop{rows}, tensors, columns, f);
}

}  // namespace intertwiner
