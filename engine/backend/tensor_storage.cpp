// The functions of Tensor that need a backend: memory, copies and conversions.
#include <new>

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"
#include "engine/tensor.h"

namespace intertwiner {
namespace {

/// Calls `f(T{})`, where T is the C++ type of `type`.
template <class F>
void with_type(DType type, const F& f) {
  switch (type) {
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::int32:
      return f(int32_t{});
    case DType::int64:
      return f(int64_t{});
    case DType::uint8:
      return f(uint8_t{});
    case DType::bfloat16:
      return f(Bfloat16{});
  }
}

}  // namespace

Tensor Tensor::empty(Shape shape, DType type, Device device) {
  int64_t bytes = size_of(type);
  for (const int64_t size : shape) {
    if (size < 0) throw InternalError("Tensor: negative size in shape " + to_string(shape));
    if (__builtin_mul_overflow(bytes, size, &bytes)) throw std::bad_alloc();
  }
  return within(backend_of(device).allocate(bytes), std::move(shape), type, device);
}

Tensor Tensor::zeros(Shape shape, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  tensor.fill_zero();
  return tensor;
}

Tensor Tensor::full(Shape shape, double value, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  with_type(type, [&]<class T>(T) {
    for_each_index({.device = device, .count = tensor.size()}, [&](const Pointers& at) {
      return kernels::Fill<T>{.value = static_cast<T>(static_cast<kernels::Compute<T>>(value)), .out = at(tensor)};
    });
  });
  return tensor;
}

Tensor Tensor::clone() const {
  Tensor copy = empty(shape_, type_, device_);
  copy.copy_from(*this);
  return copy;
}

void Tensor::convert_from(const Tensor& other) const {
  if (other.type_ == type_) return copy_from(other);
  if (other.size_ != size_)
    throw InternalError("Tensor::convert_from: " + to_string(other.shape_) + " into " + to_string(shape_));
  with_type(other.type_, [&]<class From>(From) {
    with_type(type_, [&]<class To>(To) {
      for_each_index({.device = device_, .count = size_},
                     [&](const Pointers& at) { return kernels::Convert<From, To>{.x = at(other), .out = at(*this)}; });
    });
  });
}

Tensor Tensor::to(DType type) const {
  if (type == type_) return *this;
  Tensor result = empty(shape_, type, device_);
  result.convert_from(*this);
  return result;
}

Tensor Tensor::to(Device device) const {
  if (device == device_) return *this;
  Tensor result = empty(shape_, type_, device);
  result.copy_from(*this);
  return result;
}

double Tensor::item() const {
  if (size_ != 1) throw InternalError("Tensor::item: of shape " + to_string(shape_) + ", not one value");
  return to(Device::cpu).to(DType::float64).data<double>()[0];
}

void Tensor::copy_from(const Tensor& other) const {
  if (other.type_ != type_ || other.size_ != size_)
    throw InternalError("Tensor::copy_from: " + to_string(other.shape_) + " into " + to_string(shape_));
  if (size_ > 0) backend_of(device_ == Device::cpu ? other.device_ : device_).copy(other, *this);
}

void Tensor::fill_zero() const {
  if (size_ > 0) backend_of(device_).fill_zero(*this);
}

}  // namespace intertwiner
