#include "engine/ops/concat.h"

#include "engine/backend/loop.h"
#include "engine/kernels/concat.h"

namespace intertwiner {
namespace {

// The elements of `piece` for image n in the joined tensor. They begin at row `begin`.
Tensor rows_of(const Tensor& joined, const Tensor& piece, int64_t n, int64_t begin) {
  const int64_t width = joined.dim(2), first = (n * joined.dim(1) + begin) * width;
  return joined.reshape({-1}).slice(first, first + piece.dim(1) * width);
}

/// Copies the pieces into the joined tensor, or with `splits` out of it. On a CPU these are copies of blocks. On a GPU
/// each copy costs a launch, so one loop copies up to kMaxPieces pieces.
void copy_pieces(const std::vector<Tensor>& pieces, const Tensor& joined, bool splits) {
  const bool in_one_loop = joined.device() != Device::cpu && pieces.size() <= kernels::kMaxPieces;
  int64_t begin = 0;
  for (const Tensor& piece : pieces) {
    for (int64_t n = 0; n < piece.dim(0) && !in_one_loop; ++n) {
      const Tensor rows = rows_of(joined, piece, n, begin), own = piece.slice(n, n + 1);
      splits ? own.copy_from(rows) : rows.copy_from(own);
    }
    begin += piece.dim(1);
  }
  if (!in_one_loop) return;
  for_each_map_index({.device = joined.device(), .count = joined.size()}, joined.dtype(),
                     [&]<class T>(const Pointers& at) {
                       kernels::JoinPieces<T> kernel{.pieces = {},
                                                     .begins = {},
                                                     .count = static_cast<int>(pieces.size()),
                                                     .width = joined.dim(2),
                                                     .splits = splits,
                                                     .joined = at(joined)};
                       for (size_t p = 0; p < pieces.size(); ++p) {
                         kernel.pieces[p] = at(pieces[p]);
                         kernel.begins[p + 1] = kernel.begins[p] + pieces[p].dim(1);
                       }
                       return kernel;
                     });
}

}  // namespace

Variable concat_middle(const std::vector<Variable>& inputs) {
  if (inputs.empty()) throw InternalError("concat_middle: nothing to join");
  const int64_t images = inputs[0].dim(0), width = inputs[0].dim(2);
  int64_t rows = 0;
  std::vector<Tensor> pieces;
  std::vector<Shape> shapes;
  for (const Variable& input : inputs) {
    if (input.value().rank() != 3 || input.dim(0) != images || input.dim(2) != width)
      throw UserError("concat_middle: " + to_string(input.shape()) + " does not join " + to_string(inputs[0].shape()));
    rows += input.dim(1);
    pieces.push_back(input.value());
    shapes.push_back(input.shape());
  }
  const Tensor joined = Tensor::empty({images, rows, width}, inputs[0].dtype(), inputs[0].device());
  copy_pieces(pieces, joined, false);
  return Variable::from(joined, inputs, [shapes, images, rows, width](const Tensor& dy) {
    Gradients gradients;
    for (const Shape& shape : shapes) gradients.push_back(Tensor::empty(shape, dy.dtype(), dy.device()));
    copy_pieces(gradients, dy.reshape({images, rows, width}), true);
    return gradients;
  });
}

}  // namespace intertwiner
