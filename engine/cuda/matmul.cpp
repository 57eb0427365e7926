// cuBLAS stores matrices column by column, we store them row by row. For cuBLAS our a·b (M×K by K×N) is therefore
// bᵀ·aᵀ.
#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"

namespace intertwiner::cuda {

void CudaBackend::matmul_into(const GradientTarget& target, const Tensor& a, const Tensor& b, bool transpose_a,
                              bool transpose_b) const {
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  if (a.dtype() == DType::float64 || z.m == 0 || z.n == 0 || z.k == 0)
    return LoopBackend::matmul_into(target, a, b, transpose_a, transpose_b);
  const Tensor& out = target.memory;
  const float one = 1, old = target.adds ? 1 : 0;
  const auto type_of = [](const Tensor& t) { return t.dtype() == DType::bfloat16 ? CUDA_R_16BF : CUDA_R_32F; };
  const bool rounded = a.dtype() == DType::float32 && rules_.precision == Precision::tf32;
  check(cublasGemmStridedBatchedEx(
            cublas_, transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
            static_cast<int>(z.n), static_cast<int>(z.m), static_cast<int>(z.k), &one, b.raw(Device::cuda), type_of(b),
            static_cast<int>(transpose_b ? z.k : z.n), z.k * z.n, a.raw(Device::cuda), type_of(a),
            static_cast<int>(transpose_a ? z.m : z.k), z.m * z.k, &old, out.raw(Device::cuda), type_of(out),
            static_cast<int>(z.n), z.m * z.n, static_cast<int>(z.batch),
            rounded ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
        "matmul of " + to_string(a.shape()) + " and " + to_string(b.shape()));
}

}  // namespace intertwiner::cuda
