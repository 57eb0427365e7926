// Matrix products as gathered products with one tap: the rows of `a` are the pixels of one row of an image.
#include "engine/cpu/cpu_backend.h"
#include "engine/cpu/gather_product.h"

namespace intertwiner::cpu {

Tensor CpuBackend::matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const {
  const bool batched = a.rank() == 3;
  const int64_t batch = batched ? a.dim(0) : 1;
  const int64_t m = a.dim(transpose_a ? -1 : -2), k = a.dim(transpose_a ? -2 : -1), n = b.dim(transpose_b ? -2 : -1);
  if (b.rank() != a.rank() || (batched && b.dim(0) != batch) || b.dim(transpose_b ? -1 : -2) != k)
    throw UserError("matmul: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " do not fit");
  if (transpose_a && transpose_b) throw InternalError("matmul: both operands transposed");
  Tensor out = Tensor::empty(batched ? Shape{batch, m, n} : Shape{m, n}, a.dtype());
  with_float_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < batch; ++i) {
      const T* left = a.data<T>() + i * m * k;
      const T* right = b.data<T>() + i * k * n;
      T* result = out.data<T>() + i * m * n;
      if (transpose_a) {
        gather_outer<T>({1, 1, k, 1, k, n, n, 1, {{0, 0, 0}}}, right, left, m, result);
      } else {
        const FilterView<T> filter{right, 0, transpose_b ? 1 : n, transpose_b ? k : 1, n};
        gather_product<T>({1, 1, m, 1, m, k, k, 1, {{0, 0, 0}}}, left, filter, {1, m}, {}, result);
      }
    }
  });
  return out;
}

}  // namespace intertwiner::cpu
