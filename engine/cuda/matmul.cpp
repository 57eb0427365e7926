// cuBLAS stores matrices column by column, we store them row by row. For cuBLAS our a·b (M×K by K×N) is therefore
// bᵀ·aᵀ.
#include "engine/cuda/aligned.h"
#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/elementwise.h"

namespace intertwiner::cuda {

void CudaBackend::matmul_into(const GradientTarget& target, const Tensor& a, const Tensor& b, bool transpose_a,
                              bool transpose_b) const {
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  if (a.dtype() == DType::float64 || z.m == 0 || z.n == 0 || z.k == 0)
    return LoopBackend::matmul_into(target, a, b, transpose_a, transpose_b);
  const Tensor& out = target.memory;
  if (!on_16_bytes(out))
    return write_gradient(target, [&](const Tensor& to) {
      const Tensor apart = Tensor::empty(to.shape(), to.dtype(), Device::cuda);
      matmul_into(apart, a, b, transpose_a, transpose_b);
      to.copy_from(apart);
    });
  const float one = 1, old = target.adds ? 1 : 0;
  const auto type_of = [](const Tensor& t) { return t.dtype() == DType::bfloat16 ? CUDA_R_16BF : CUDA_R_32F; };
  const bool rounded = a.dtype() == DType::float32 && rules_.precision == Precision::tf32;
  const cublasOperation_t op_a = transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                          op_b = transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const int m = static_cast<int>(z.m), n = static_cast<int>(z.n), k = static_cast<int>(z.k);
  const int a_row = transpose_a ? m : k, b_row = transpose_b ? k : n;
  const cublasComputeType_t compute = rounded ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  const Tensor left = aligned(a), right = aligned(b);
  const std::string what = "matmul of " + to_string(a.shape()) + " and " + to_string(b.shape());
  if (z.batch == 1) {  // the library may split k
    check(cublasGemmEx(cublas_, op_b, op_a, n, m, k, &one, right.raw(Device::cuda), type_of(b), b_row,
                       left.raw(Device::cuda), type_of(a), a_row, &old, out.raw(Device::cuda), type_of(out), n, compute,
                       CUBLAS_GEMM_DEFAULT),
          what);
  } else {
    check(cublasGemmStridedBatchedEx(cublas_, op_b, op_a, n, m, k, &one, right.raw(Device::cuda), type_of(b), b_row,
                                     z.k * z.n, left.raw(Device::cuda), type_of(a), a_row, z.m * z.k, &old,
                                     out.raw(Device::cuda), type_of(out), n, z.m * z.n, static_cast<int>(z.batch),
                                     compute, CUBLAS_GEMM_DEFAULT),
          what);
  }
  done(what);
}

}  // namespace intertwiner::cuda
