#include "engine/ops/concat.h"

namespace intertwiner {
namespace {

// The elements of `input` for image n in the joined tensor. They begin at row `begin`.
Tensor rows_of(const Tensor& joined, const Tensor& input, int64_t n, int64_t begin) {
  const int64_t width = joined.dim(2), first = (n * joined.dim(1) + begin) * width;
  return joined.reshape({-1}).slice(first, first + input.dim(1) * width);
}

}  // namespace

Variable concat_middle(const std::vector<Variable>& inputs) {
  if (inputs.empty()) throw InternalError("concat_middle: nothing to join");
  const int64_t images = inputs[0].dim(0), width = inputs[0].dim(2);
  int64_t rows = 0;
  std::vector<Shape> shapes;
  for (const Variable& input : inputs) {
    if (input.value().rank() != 3 || input.dim(0) != images || input.dim(2) != width)
      throw UserError("concat_middle: " + to_string(input.shape()) + " does not join " + to_string(inputs[0].shape()));
    rows += input.dim(1);
    shapes.push_back(input.shape());
  }
  const Tensor joined = Tensor::empty({images, rows, width}, inputs[0].dtype(), inputs[0].device());
  int64_t begin = 0;
  for (const Variable& input : inputs) {
    for (int64_t n = 0; n < images; ++n)
      rows_of(joined, input.value(), n, begin).copy_from(input.value().slice(n, n + 1));
    begin += input.dim(1);
  }
  return Variable::from(joined, inputs, [shapes, images, rows, width](const Tensor& dy) {
    const Tensor joined = dy.reshape({images, rows, width});
    Gradients gradients;
    int64_t begin = 0;
    for (const Shape& shape : shapes) {
      const Tensor input = Tensor::empty(shape, dy.dtype(), dy.device());
      for (int64_t n = 0; n < images; ++n) input.slice(n, n + 1).copy_from(rows_of(joined, input, n, begin));
      gradients.push_back(input);
      begin += shape[1];
    }
    return gradients;
  });
}

}  // namespace intertwiner
