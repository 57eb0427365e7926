#include "engine/tensor.h"

#include <algorithm>

namespace intertwiner {

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
  const bool is_negative = std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 0; });
  if (is_negative || element_count(shape) != size_)
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

void Tensor::wrong_type(DType wanted) const {
  throw InternalError(std::string("Tensor: elements are ") + to_string(type_) + ", not " + to_string(wanted));
}

void Tensor::wrong_device(Device wanted) const {
  throw InternalError("Tensor: " + to_string(shape_) + " lies on " + to_string(device_) + ", not on " +
                      to_string(wanted));
}

}  // namespace intertwiner
