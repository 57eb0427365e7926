#include "engine/ops/concat.h"

namespace intertwiner {
namespace {

// The elements of one part in the joined tensor: image n's begin at row `begin`.
Tensor place_of(const Tensor& joined, const Tensor& part, int64_t n, int64_t begin) {
  const int64_t width = joined.dim(2), first = (n * joined.dim(1) + begin) * width;
  return joined.reshape({-1}).slice(first, first + part.dim(1) * width);
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
  const Tensor joined = Tensor::empty({images, rows, width}, parts[0].dtype(), parts[0].device());
  int64_t begin = 0;
  for (const Variable& part : parts) {
    for (int64_t n = 0; n < images; ++n)
      place_of(joined, part.value(), n, begin).copy_from(part.value().slice(n, n + 1));
    begin += part.dim(1);
  }
  return Variable::from(joined, parts, [shapes, images, rows, width](const Tensor& dy) {
    const Tensor whole = dy.reshape({images, rows, width});
    Gradients gradients;
    int64_t begin = 0;
    for (const Shape& shape : shapes) {
      const Tensor part = Tensor::empty(shape, dy.dtype(), dy.device());
      for (int64_t n = 0; n < images; ++n) part.slice(n, n + 1).copy_from(place_of(whole, part, n, begin));
      gradients.push_back(part);
      begin += shape[1];
    }
    return gradients;
  });
}

}  // namespace intertwiner
