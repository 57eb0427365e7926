#include "engine/tensor.h"

#include <algorithm>

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"

namespace intertwiner {
namespace {

/// Calls `f(T{})` with the type of elements that `type` says.
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

Tensor Tensor::within(std::shared_ptr<std::byte> buffer, Shape shape, DType type, Device device) {
  Tensor tensor;
  tensor.device_ = device;
  tensor.shape_ = std::move(shape);
  tensor.size_ = element_count(tensor.shape_);
  tensor.type_ = type;
  tensor.begin_ = buffer.get();
  tensor.buffer_ = std::move(buffer);
  return tensor;
}

Tensor Tensor::empty(Shape shape, DType type, Device device) {
  for (const int64_t size : shape)
    if (size < 0) throw InternalError("Tensor: negative size in shape " + to_string(shape));
  const int64_t bytes = element_count(shape) * size_of(type);
  return within(backend_of(device).allocate(bytes), std::move(shape), type, device);
}

Tensor Tensor::zeros(Shape shape, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  tensor.fill_zero();
  return tensor;
}

Tensor Tensor::full(Shape shape, double value, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  with_type(type, [&](auto zero) {
    using T = decltype(zero);
    for_each_index(device, tensor.size(), kElementGrain,
                   kernels::Fill<T>{static_cast<T>(static_cast<kernels::Compute<T>>(value)), tensor.data<T>(device)});
  });
  return tensor;
}

int64_t Tensor::dim(int64_t axis) const {
  const int64_t index = axis < 0 ? axis + rank() : axis;
  if (index < 0 || index >= rank())
    throw InternalError("Tensor::dim: axis " + std::to_string(axis) + " of shape " + to_string(shape_));
  return shape_[static_cast<size_t>(index)];
}

Tensor Tensor::reshape(Shape shape) const {
  const auto open = std::find(shape.begin(), shape.end(), -1);
  if (open != shape.end()) {
    *open = 1;
    const int64_t rest = element_count(shape);
    *open = rest == 0 ? 0 : size_ / rest;
  }
  if (element_count(shape) != size_)
    throw UserError("reshape: " + to_string(shape_) + " does not fit " + to_string(shape));
  Tensor view = *this;
  view.shape_ = std::move(shape);
  return view;
}

Tensor Tensor::slice(int64_t begin, int64_t end) const {
  if (rank() == 0 || begin < 0 || end < begin || end > dim(0))
    throw InternalError("Tensor::slice: [" + std::to_string(begin) + ", " + std::to_string(end) + ") of shape " +
                        to_string(shape_));
  Tensor view = *this;
  const int64_t row = shape_[0] == 0 ? 0 : size_ / shape_[0];
  view.shape_[0] = end - begin;
  view.size_ = row * (end - begin);
  view.begin_ += begin * row * size_of(type_);
  return view;
}

Tensor Tensor::clone() const {
  Tensor copy = empty(shape_, type_, device_);
  copy.copy_from(*this);
  return copy;
}

Tensor Tensor::to(DType type) const {
  if (type == type_) return *this;
  Tensor result = empty(shape_, type, device_);
  with_type(type_, [&](auto from) {
    with_type(type, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      for_each_index(device_, size_, kElementGrain,
                     kernels::Convert<From, To>{data<From>(device_), result.data<To>(device_)});
    });
  });
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

void Tensor::wrong_type(DType asked) const {
  throw InternalError(std::string("Tensor: elements are ") + to_string(type_) + ", asked for " + to_string(asked));
}

void Tensor::wrong_device(Device asked) const {
  throw InternalError("Tensor: " + to_string(shape_) + " lies on " + to_string(device_) + ", asked for on " +
                      to_string(asked));
}

}  // namespace intertwiner
