#include "engine/ops/concat.h"

#include <cstring>

namespace intertwiner {
namespace {

// Copies between the joined tensor and one part, whose rows start at element `offset` of each image's.
void copy_part(const Tensor& joined, const Tensor& part, int64_t offset, bool into_joined) {
  const int64_t images = part.dim(0), row = part.dim(1) * part.dim(2), joined_row = joined.dim(1) * joined.dim(2);
  const int64_t element = size_of(part.dtype());
  auto* whole = static_cast<std::byte*>(joined.raw());
  auto* piece = static_cast<std::byte*>(part.raw());
  for (int64_t n = 0; n < images && row > 0; ++n) {
    std::byte* a = whole + (n * joined_row + offset) * element;
    std::byte* b = piece + n * row * element;
    std::memcpy(into_joined ? a : b, into_joined ? b : a, static_cast<size_t>(row * element));
  }
}

}  // namespace

Variable concat_middle(const std::vector<Variable>& parts) {
  if (parts.empty()) throw InternalError("concat_middle: nothing to join");
  const int64_t images = parts[0].dim(0), width = parts[0].dim(2);
  int64_t rows = 0;
  std::vector<Shape> shapes;
  for (const Variable& part : parts) {
    if (part.value().rank() != 3 || part.dim(0) != images || part.dim(2) != width)
      throw UserError("concat_middle: " + to_string(part.shape()) + " does not join " + to_string(parts[0].shape()));
    rows += part.dim(1);
    shapes.push_back(part.shape());
  }
  const Tensor joined = Tensor::empty({images, rows, width}, parts[0].dtype());
  int64_t offset = 0;
  for (const Variable& part : parts) {
    copy_part(joined, part.value(), offset, true);
    offset += part.dim(1) * width;
  }
  return Variable::from(joined, parts, [shapes, images, rows, width](const Tensor& dy) {
    const Tensor whole = dy.reshape({images, rows, width});
    Gradients gradients;
    int64_t begin = 0;
    for (const Shape& shape : shapes) {
      gradients.push_back(Tensor::empty(shape, dy.dtype()));
      copy_part(whole, gradients.back(), begin, false);
      begin += shape[1] * width;
    }
    return gradients;
  });
}

}  // namespace intertwiner
