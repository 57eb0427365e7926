// Matrix products as gathered products with one tap: the rows of `a` are the pixels of one row of an image.
#include "engine/cpu/cpu_backend.h"
#include "engine/cpu/gathered_product.h"
#include "engine/elementwise.h"

namespace intertwiner::cpu {
namespace {

/// A matrix as an image of one row. The matrix's rows are the pixels.
Gather rows_of(int64_t rows, int64_t columns) {
  return {.images = 1,
          .height = 1,
          .width = rows,
          .source_height = 1,
          .source_width = rows,
          .channels = columns,
          .source_stride = columns,
          .taps = {{.dy = 0, .dx = 0, .index = 0}}};
}

}  // namespace

void CpuBackend::matmul_into(const GradientTarget& target, const Tensor& a, const Tensor& b, bool transpose_a,
                             bool transpose_b) const {
  const auto [batch, m, k, n] = product_sizes(a, b, transpose_a, transpose_b);
  write_gradient(target, [&, batch = batch, m = m, k = k, n = n](const Tensor& out) {
    with_float_type(a.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch; ++i) {
        const T* left = a.data<T>() + i * m * k;
        const T* right = b.data<T>() + i * k * n;
        T* result = out.data<T>() + i * m * n;
        if (transpose_a) {
          gathered_outer<T>(
              {.gather = rows_of(k, n), .source = right, .left = left, .left_columns = m, .gradient = result});
        } else {
          const FilterView<T> filter{.data = right,
                                     .index_stride = 0,
                                     .channel_stride = transpose_b ? 1 : n,
                                     .column_stride = transpose_b ? k : 1,
                                     .columns = n};
          gathered_product<T>(
              {.gather = rows_of(m, k), .source = left, .filter = filter, .epilogue = {}, .out = result},
              {.full_height = 1, .full_width = m});
        }
      }
    });
  });
}

}  // namespace intertwiner::cpu
