#include "detector/weights/pytorch_layout.h"

#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr int64_t kSide = 7, kPixels = kSide * kSide;  ///< of the pooled maps that the box head reads

bool reads_pooled_maps(const std::string& name, const Shape& shape) {
  return name.ends_with("box_head.fc6.weight") && shape.size() == 2 && shape[1] % kPixels == 0;
}

StoredType stored_type(DType type) {
  switch (type) {
    case DType::float64:
      return StoredType::float64;
    case DType::float32:
      return StoredType::float32;
    case DType::int64:
      return StoredType::int64;
    case DType::int32:
      return StoredType::int32;
    case DType::uint8:
      return StoredType::uint8;
    case DType::bfloat16:
      return StoredType::bfloat16;
  }
  throw InternalError("stored_type: unknown type");
}

/// The tensor with other axes: sizes, and strides in the tensor's memory.
Tensor reordered(const Tensor& tensor, const Shape& shape, const std::vector<int64_t>& strides) {
  const std::shared_ptr<const std::byte> elements(static_cast<const std::byte*>(tensor.raw()),
                                                  [tensor](const auto*) {});
  return copied({stored_type(tensor.dtype()), shape, strides, elements});
}

}  // namespace

OurView in_our_order(const StoredTensor& stored, const std::string& name) {
  OurView view{stored, stored.shape};
  const Shape& sizes = stored.shape;
  const std::vector<int64_t>& strides = stored.strides;
  if (sizes.size() == 4) {
    view.stored.shape = view.shape = {sizes[0], sizes[2], sizes[3], sizes[1]};
    view.stored.strides = {strides[0], strides[2], strides[3], strides[1]};
  } else if (reads_pooled_maps(name, sizes)) {
    view.stored.shape = {sizes[0], kPixels, sizes[1] / kPixels};
    view.stored.strides = {strides[0], strides[1], kPixels * strides[1]};
  }
  return view;
}

Tensor in_pytorch_order(const Tensor& tensor, const std::string& name) {
  const Shape& s = tensor.shape();
  if (s.size() == 4) return reordered(tensor, {s[0], s[3], s[1], s[2]}, {s[1] * s[2] * s[3], 1, s[2] * s[3], s[3]});
  if (!reads_pooled_maps(name, s)) return tensor;
  const int64_t channels = s[1] / kPixels;
  return reordered(tensor, {s[0], channels, kPixels}, {s[1], 1, channels}).reshape(s);
}

}  // namespace intertwiner
