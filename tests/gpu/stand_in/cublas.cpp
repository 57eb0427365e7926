// cuBLAS, as far as engine/cuda/ calls it.
#include <cublas_v2.h>

#include "engine/backend/backend.h"
#include "tests/gpu/stand_in/device.h"
#include "tests/gpu/stand_in/numbers.h"

using namespace intertwiner::stand_in;
using intertwiner::backend_of;
using intertwiner::Tensor;

namespace {

struct Handle {
  cudaStream_t stream = nullptr;
  cublasMath_t mode = CUBLAS_DEFAULT_MATH;
};
Handle& of(cublasHandle_t handle) { return *reinterpret_cast<Handle*>(handle); }

/// One column-major matrix of a batch, transposed by `operation`; its elements are read row by row.
struct Matrix {
  const void* memory;
  cudaDataType type;
  int64_t leading, rows, columns;  // sizes as it is used, after `operation`
  cublasOperation_t operation;

  Array at(int64_t offset) const {
    const bool is_bfloat16 = type == CUDA_R_16BF;
    auto* const begin = static_cast<std::byte*>(const_cast<void*>(memory)) + offset * (is_bfloat16 ? 2 : 4);
    const bool transposed = operation != CUBLAS_OP_N;
    return {begin, is_bfloat16, {rows, columns}, {transposed ? leading : 1, transposed ? 1 : leading}};
  }
  double bytes() const { return static_cast<double>(rows * columns) * (type == CUDA_R_16BF ? 2 : 4); }
  bool is_aligned() const { return reinterpret_cast<uintptr_t>(memory) % 16 == 0; }
  /// Whether the leading size covers a column.
  bool fits() const { return leading >= (operation == CUBLAS_OP_N ? rows : columns); }
  bool is_known() const { return type == CUDA_R_16BF || type == CUDA_R_32F; }
};

struct Strides {
  int64_t a, b, c;
};

cublasStatus_t multiply(Handle& handle, const Matrix& a, const Matrix& b, const Matrix& c, const void* alpha,
                        const void* beta, const Strides& strides, int64_t batch, cublasComputeType_t compute) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const bool is_float = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  if (!a.fits() || !b.fits() || !c.fits() || !a.is_known() || !b.is_known() || !c.is_known() || a.type != b.type ||
      !is_float || c.rows < 1 || c.columns < 1 || a.columns < 1 || batch < 1)
    return CUBLAS_STATUS_INVALID_VALUE;
  const bool adds = *static_cast<const float*>(beta) == 1;
  if (*static_cast<const float*>(alpha) != 1 || (!adds && *static_cast<const float*>(beta) != 0))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  Counts& n = device.counts;
  if (a.type == CUDA_R_16BF && !(handle.mode & CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)) ++n.rounded_sums;
  if (!a.is_aligned() || !b.is_aligned() || !c.is_aligned()) ++n.unaligned;
  const double speed = a.type == CUDA_R_16BF ? kBfloat16 : compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? kTf32 : kFloat32;
  device.put(*reinterpret_cast<Stream*>(handle.stream),
             {&Counts::products,
              [=] {
                for (int64_t i = 0; i < batch; ++i) {
                  const Array out = c.at(i * strides.c);
                  const Tensor product =
                      backend_of(intertwiner::Device::cpu)
                          .matmul(a.at(i * strides.a).read(), b.at(i * strides.b).read(), false, false);
                  if (adds) {
                    const Tensor before = out.read();
                    for (int64_t e = 0; e < product.size(); ++e) product.data<float>()[e] += before.data<float>()[e];
                  }
                  out.write(product);
                }
              },
              Cost{static_cast<double>(batch) * (a.bytes() + b.bytes() + c.bytes()),
                   2.0 * static_cast<double>(batch * c.rows * c.columns * a.columns), speed}});
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  *handle = reinterpret_cast<cublasHandle_t>(new Handle);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  of(handle).stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void*, size_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  of(handle).mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}
const char* cublasGetStatusString(cublasStatus_t) { return "an error of the stand-in"; }

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m,
                                          int n, int k, const void* alpha, const void* a, cudaDataType a_type, int lda,
                                          long long a_stride, const void* b, cudaDataType b_type, int ldb,
                                          long long b_stride, const void* beta, void* c, cudaDataType c_type, int ldc,
                                          long long c_stride, int batch, cublasComputeType_t compute,
                                          cublasGemmAlgo_t) {
  if (batch == 1) ++Device::get().counts.batches_of_one;
  return multiply(of(handle), {a, a_type, lda, m, k, op_a}, {b, b_type, ldb, k, n, op_b},
                  {c, c_type, ldc, m, n, CUBLAS_OP_N}, alpha, beta, {a_stride, b_stride, c_stride}, batch, compute);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                            const void* alpha, const void* a, cudaDataType a_type, int lda, const void* b,
                            cudaDataType b_type, int ldb, const void* beta, void* c, cudaDataType c_type, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t) {
  return multiply(of(handle), {a, a_type, lda, m, k, op_a}, {b, b_type, ldb, k, n, op_b},
                  {c, c_type, ldc, m, n, CUBLAS_OP_N}, alpha, beta, {0, 0, 0}, 1, compute);
}
}
