// The Backend on an NVIDIA GPU. All work goes to one stream, in the order of the calls. The host waits only for copies
// to the host.
//
// cuBLAS computes products and cuDNN convolutions, in float32 and bfloat16. CUB sorts. Loops compute everything else,
// and float64 (engine/backend/loop_backend.h).
#pragma once
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "engine/backend/loop_backend.h"
#include "engine/cuda/convolution_plan.h"
#include "engine/cuda/host_memory.h"
#include "engine/cuda/recording_memory.h"
#include "engine/cuda/trace.h"

namespace intertwiner::cuda {

class CudaBackend : public LoopBackend {
 public:
  explicit CudaBackend(const CudaRules& rules);
  cudaStream_t stream() const { return stream_; }
  /// Whether recordings that are made from now on are traced.
  void set_tracing(bool on) const { tracing_ = on; }
  const Trace& trace() const { return trace_; }
  /// Bytes of the GPU's memory that recordings use.
  int64_t recording_bytes() const { return recording_memory_.bytes(); }

  // memory.cpp
  std::shared_ptr<std::byte> allocate(int64_t bytes) const override;
  std::shared_ptr<std::byte> allocate_on_host(int64_t bytes) const override;
  void copy(const Tensor& from, const Tensor& to) const override;
  void fill_zero(const Tensor& x) const override;
  void launch(const IndexFunction& loop) const override;
  // recording.cpp
  std::unique_ptr<Recording> record(const std::function<void()>& body) const override;
  // matmul.cpp
  void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                   bool transpose_b) const override;
  // selection.cu
  Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const override;
  // nms.cu
  Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const override;
  // convolution.cpp
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const ChannelAffine& epilogue) const override;
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                            const GradientTarget& dx) const override;
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                              const GradientTarget& dw) const override;
  std::string algorithms() const override;
  void use_algorithms(const std::string& algorithms) const override;

 private:
  struct ConvolutionTensors {
    Tensor x, w, y, shift = {}, residual = {};
  };
  /// Computes one pass by the plan of its case. The first call makes the plan. Returns false if there is none.
  bool convolve(const ConvolutionCase& c, const ConvolutionTensors& tensors) const;
  /// The same without a tail. Throws InternalError if there is no plan.
  void convolve_plainly(ConvolutionPass pass, const ConvolutionTensors& tensors, const Conv2dGeometry& geometry) const;
  void free(std::byte* block) const;
  /// A call was put into the stream.
  void done(const std::string& name) const {
    if (tracing_ && recording_) trace_.mark(name, stream_);
  }

  CudaRules rules_;
  cudaStream_t stream_ = nullptr;
  cudaMemPool_t pool_ = nullptr;
  cublasHandle_t cublas_ = nullptr;
  cudnnHandle_t cudnn_ = nullptr;
  int64_t max_workspace_ = 0;  // bytes, of a convolution
  mutable bool recording_ = false, tracing_ = false;
  mutable Trace trace_;
  mutable RecordingMemory recording_memory_;
  mutable std::atomic<cudaError_t> failed_free_ = cudaSuccess;  // the next allocation or copy to the host reports it
  std::string library_;  // cuDNN's version and the GPU; algorithms are valid only there
  Tensor product_workspace_;
  std::unique_ptr<HostMemory> host_memory_;
  struct CasePlan {
    ConvolutionCase c;
    std::unique_ptr<ConvolutionPlan> plan;  // null: there is none
  };
  mutable std::map<std::string, CasePlan> plans_;                  // by the case's name
  mutable std::vector<std::unique_ptr<ConvolutionPlan>> retired_;  // a recording may still run their kernels
  mutable std::map<std::string, EngineChoice> earlier_;            // engines from `use_algorithms`, by case
};

}  // namespace intertwiner::cuda
