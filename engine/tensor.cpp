#include "engine/tensor.h"

#include <algorithm>

namespace intertwiner {
namespace {

template <class T>
void fill(const Tensor& tensor, double value) {
  std::fill_n(tensor.data<T>(), tensor.size(), static_cast<T>(value));
}

template <class From, class To>
void convert(const Tensor& from, const Tensor& to) {
  std::transform(from.data<From>(), from.data<From>() + from.size(), to.data<To>(),
                 [](From x) { return static_cast<To>(x); });
}

template <class From>
void convert_from(const Tensor& from, const Tensor& to) {
  switch (to.dtype()) {
    case DType::float32:
      return convert<From, float>(from, to);
    case DType::float64:
      return convert<From, double>(from, to);
    case DType::int32:
      return convert<From, int32_t>(from, to);
    case DType::int64:
      return convert<From, int64_t>(from, to);
    case DType::uint8:
      return convert<From, uint8_t>(from, to);
    case DType::bfloat16:
      break;
  }
  throw InternalError("Tensor::to: no conversion to bfloat16 on the CPU");
}

}  // namespace

Tensor Tensor::within(std::shared_ptr<std::byte> buffer, Shape shape, DType type) {
  Tensor tensor;
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
  Tensor tensor = within(allocate(bytes), std::move(shape), type);
  tensor.device_ = device;
  return tensor;
}

Tensor Tensor::zeros(Shape shape, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  tensor.fill_zero();
  return tensor;
}

Tensor Tensor::full(Shape shape, double value, DType type, Device device) {
  Tensor tensor = empty(std::move(shape), type, device);
  switch (type) {
    case DType::float32:
      fill<float>(tensor, value);
      break;
    case DType::float64:
      fill<double>(tensor, value);
      break;
    case DType::int32:
      fill<int32_t>(tensor, value);
      break;
    case DType::int64:
      fill<int64_t>(tensor, value);
      break;
    case DType::uint8:
      fill<uint8_t>(tensor, value);
      break;
    case DType::bfloat16:
      throw InternalError("Tensor::full: no bfloat16 on the CPU");
  }
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
  switch (type_) {
    case DType::float32:
      convert_from<float>(*this, result);
      break;
    case DType::float64:
      convert_from<double>(*this, result);
      break;
    case DType::int32:
      convert_from<int32_t>(*this, result);
      break;
    case DType::int64:
      convert_from<int64_t>(*this, result);
      break;
    case DType::uint8:
      convert_from<uint8_t>(*this, result);
      break;
    case DType::bfloat16:
      throw InternalError("Tensor::to: no conversion from bfloat16 on the CPU");
  }
  return result;
}

void Tensor::copy_from(const Tensor& other) const {
  if (other.type_ != type_ || other.size_ != size_)
    throw InternalError("Tensor::copy_from: " + to_string(other.shape_) + " into " + to_string(shape_));
  if (size_ > 0) std::memcpy(begin_, other.begin_, static_cast<size_t>(bytes()));
}

void Tensor::wrong_type(DType asked) const {
  throw InternalError(std::string("Tensor: elements are ") + to_string(type_) + ", asked for " + to_string(asked));
}

}  // namespace intertwiner
