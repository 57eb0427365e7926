// A tensor: a shared handle to a contiguous buffer with a shape, a type and a device.
//
// Copying a Tensor copies the handle; `clone` copies the elements. There are no strides: the only views are `reshape`
// and `slice`, a range of the first axis. A Tensor has no gradient; Variable (engine/variable.h) does.
//
// The elements lie on a device, and only code that runs there may access them. `data<T>()` is for the host; it throws
// if they lie on another device. `data<T>(device)` is for index functions (engine/backend/loop.h) and primitives
// (engine/backend/backend.h) of that device. To read the values on the host, copy them: `tensor.to(Device::cpu)`.
//
// Functions that need a device's memory or loops are defined in engine/backend/tensor_storage.cpp.
#pragma once
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/dtype.h"
#include "engine/error.h"
#include "engine/shape.h"

namespace intertwiner {

enum class Device { cpu, cuda };

inline const char* to_string(Device device) { return device == Device::cpu ? "the CPU" : "the GPU"; }

class Tensor {
 public:
  /// An undefined tensor: `defined()` is false.
  Tensor() = default;

  static Tensor empty(Shape shape, DType type, Device device = Device::cpu);
  static Tensor zeros(Shape shape, DType type, Device device = Device::cpu);
  static Tensor full(Shape shape, double value, DType type, Device device = Device::cpu);

  /// A tensor whose elements lie in `buffer`, which owns them. Kernels may read kReadableBeyond bytes after them
  /// (engine/memory/allocator.h).
  static Tensor within(std::shared_ptr<std::byte> buffer, Shape shape, DType type, Device device = Device::cpu);

  /// A tensor of `values` on the CPU, with one axis unless a shape is given. Throws UserError if their number does not
  /// fit the shape.
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape = {-1});

  bool defined() const { return buffer_ != nullptr; }
  const Shape& shape() const { return shape_; }
  /// Size of axis `axis`; negative axes count from the last.
  int64_t dim(int64_t axis) const;
  int64_t rank() const { return static_cast<int64_t>(shape_.size()); }
  int64_t size() const { return size_; }
  int64_t bytes() const { return size_ * size_of(type_); }
  DType dtype() const { return type_; }
  Device device() const { return device_; }

  /// The elements, for code that runs on `device`; the last axis varies fastest. Throws InternalError if they lie on
  /// another device, or if T is neither the tensor's type nor a struct of such elements (StoredAs).
  template <class T>
  T* data(Device device = Device::cpu) const {
    constexpr DType kStored = dtype_of<typename StoredAs<T>::Type>();
    if (kStored != type_) wrong_type(kStored);
    return static_cast<T*>(raw(device));
  }
  void* raw(Device device = Device::cpu) const {
    if (device != device_) wrong_device(device);
    return begin_;
  }
  /// The only element. The host waits for the device. Throws InternalError unless there is exactly one.
  double item() const;
  /// A copy of the elements, or of the structs of such elements (StoredAs).
  template <class T>
  std::vector<T> to_vector() const {
    const int64_t bytes = size_ * static_cast<int64_t>(sizeof(typename StoredAs<T>::Type));
    return {data<T>(), data<T>() + bytes / static_cast<int64_t>(sizeof(T))};
  }

  /// The same elements with another shape; one size may be −1. Shares the buffer. Throws UserError if the number of
  /// elements differs.
  Tensor reshape(Shape shape) const;
  /// Elements [begin, end) of the first axis. Shares the buffer.
  Tensor slice(int64_t begin, int64_t end) const;
  Tensor clone() const;
  /// The elements in another type. Returns the tensor itself if it has that type.
  Tensor to(DType type) const;
  /// The elements on another device. Returns the tensor itself if it lies there.
  Tensor to(Device device) const;

  /// Copies the elements of `other` into this tensor's buffer, also between devices. Throws InternalError if size or
  /// type differ.
  void copy_from(const Tensor& other) const;
  /// The same from a tensor of another type, on the same device.
  void convert_from(const Tensor& other) const;
  void fill_zero() const;
  /// True if no other Tensor shares the buffer, so that it may be overwritten.
  bool unshared() const { return buffer_.use_count() == 1; }

 private:
  [[noreturn]] void wrong_type(DType wanted) const;
  [[noreturn]] void wrong_device(Device wanted) const;

  std::shared_ptr<std::byte> buffer_;
  std::byte* begin_ = nullptr;
  Shape shape_;
  int64_t size_ = 0;
  DType type_ = DType::float32;
  Device device_ = Device::cpu;
};

template <class T>
Tensor Tensor::from(const std::vector<T>& values, Shape shape) {
  Tensor flat = empty({static_cast<int64_t>(values.size())}, dtype_of<T>());
  if (!values.empty()) std::memcpy(flat.begin_, values.data(), values.size() * sizeof(T));
  return flat.reshape(std::move(shape));
}

}  // namespace intertwiner
