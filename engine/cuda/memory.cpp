#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/cuda/launch_table.h"

namespace intertwiner::cuda {
namespace {

constexpr int64_t kProductWorkspace = int64_t{32} << 20;

std::string megabytes(size_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

}  // namespace

void throw_out_of_memory(const std::string& wanted) {
  cudaGetLastError();  // clears the error
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  throw TooLittleMemory("cuda: out of memory: " + wanted + " is more than the " + megabytes(free) + " of " +
                        megabytes(total) +
                        " that are free; use a smaller batch or smaller images, or compute on the CPU");
}

CudaBackend::CudaBackend(const CudaRules& rules) : rules_(rules) {
  check(cudaSetDevice(0), "cudaSetDevice");
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  check(cudaDeviceGetDefaultMemPool(&pool_, 0), "cudaDeviceGetDefaultMemPool");
  uint64_t keep_all = UINT64_MAX;  // freed memory is kept for the next step, which then needs no call to the driver
  check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep_all), "cudaMemPoolSetAttribute");
  check(cublasCreate(&cublas_), "cublasCreate");
  check(cublasSetStream(cublas_, stream_), "cublasSetStream");
  // Sums of bfloat16 products stay float32, also where the library splits them.
  check(cublasSetMathMode(cublas_, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION), "cublasSetMathMode");
  check(cudnnCreate(&cudnn_), "cudnnCreate");
  check(cudnnSetStream(cudnn_, stream_), "cudnnSetStream");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  max_workspace_ = max_workspace(static_cast<int64_t>(properties.totalGlobalMem));
  library_ = "cudnn " + std::to_string(cudnnGetVersion()) + ", " + properties.name;
  host_memory_ = std::make_unique<HostMemory>(stream_);
  // cuBLAS gives the same bits each time only if its caller provides the workspace.
  product_workspace_ = Tensor::within(allocate(kProductWorkspace), {kProductWorkspace}, DType::uint8, Device::cuda);
  check(cublasSetWorkspace(cublas_, product_workspace_.raw(Device::cuda), static_cast<size_t>(kProductWorkspace)),
        "cublasSetWorkspace");
}

std::shared_ptr<std::byte> CudaBackend::allocate(int64_t bytes) const {
  check(failed_free_.exchange(cudaSuccess), "cudaFreeAsync");
  if (recording_)
    return {recording_memory_.take(bytes), [this, bytes](std::byte* p) { recording_memory_.give_back(p, bytes); }};
  const size_t size = static_cast<size_t>(bytes > 0 ? bytes : 1);
  void* block = nullptr;
  const cudaError_t status = cudaMallocAsync(&block, size, stream_);
  if (status == cudaErrorMemoryAllocation) throw_out_of_memory(megabytes(size) + " more");
  check(status, "cudaMallocAsync of " + std::to_string(size) + " bytes");
  return {static_cast<std::byte*>(block), [this](std::byte* p) { free(p); }};
}

void CudaBackend::free(std::byte* block) const {
  if (const cudaError_t status = cudaFreeAsync(block, stream_); status != cudaSuccess) failed_free_ = status;
}

std::shared_ptr<std::byte> CudaBackend::allocate_on_host(int64_t bytes) const { return host_memory_->take(bytes); }

void CudaBackend::copy(const Tensor& from, const Tensor& to) const {
  const std::string what = "copy of " + to_string(from.shape()) + " to " + to_string(to.device());
  const cudaMemcpyKind kind = from.device() == Device::cpu ? cudaMemcpyHostToDevice
                              : to.device() == Device::cpu ? cudaMemcpyDeviceToHost
                                                           : cudaMemcpyDeviceToDevice;
  check(cudaMemcpyAsync(to.raw(to.device()), from.raw(from.device()), static_cast<size_t>(to.bytes()), kind, stream_),
        what);
  done("copy");
  if (to.device() != Device::cpu) return;
  check(cudaStreamSynchronize(stream_), what);
  check(failed_free_.exchange(cudaSuccess), "cudaFreeAsync");
}

void CudaBackend::fill_zero(const Tensor& x) const {
  check(cudaMemsetAsync(x.raw(Device::cuda), 0, static_cast<size_t>(x.bytes()), stream_), "fill_zero");
  done("fill");
}

void CudaBackend::launch(const IndexFunction& loop) const {
  if (loop.count == 0) return;
  const auto found = launch_table().find(loop.type);
  if (found == launch_table().end())
    throw InternalError(std::string("cuda: no kernel for the index function ") + loop.type +
                        "; add it to engine/cuda/launch_table.cu");
  found->second(loop.function, loop.count, stream_);
  check(cudaGetLastError(), std::string("launch of ") + loop.type + " over " + std::to_string(loop.count) + " indices");
  done(loop.type);
}

}  // namespace intertwiner::cuda
