#include "engine/backend/backend.h"

#include "engine/memory/allocator.h"

namespace intertwiner {

std::shared_ptr<std::byte> Backend::allocate_on_host(int64_t bytes) const { return intertwiner::allocate(bytes); }

ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  const bool batched = a.rank() == 3;
  const int64_t k = a.dim(transpose_a ? -2 : -1);
  if (b.rank() != a.rank() || (batched && b.dim(0) != a.dim(0)) || b.dim(transpose_b ? -1 : -2) != k)
    throw UserError("matmul: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " do not fit");
  if (transpose_a && transpose_b) throw InternalError("matmul: both operands transposed");
  return {
      .batch = batched ? a.dim(0) : 1, .m = a.dim(transpose_a ? -1 : -2), .k = k, .n = b.dim(transpose_b ? -2 : -1)};
}

Tensor Backend::matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const {
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  Tensor out = Tensor::empty(a.rank() == 3 ? Shape{z.batch, z.m, z.n} : Shape{z.m, z.n}, a.dtype(), a.device());
  matmul_into(out, a, b, transpose_a, transpose_b);
  return out;
}

}  // namespace intertwiner
