// Work recorded as a CUDA graph: the host launches all kernels of a step at once. Its memory comes from
// RecordingMemory.
#include <exception>

#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"

namespace intertwiner::cuda {
namespace {

class Graph : public Recording {
 public:
  Graph(cudaGraph_t graph, cudaStream_t stream) : stream_(stream) {
    const cudaError_t status = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "cudaGraphInstantiate");
  }
  ~Graph() override { cudaGraphExecDestroy(executable_); }
  void replay() const override { check(cudaGraphLaunch(executable_, stream_), "cudaGraphLaunch"); }

 private:
  cudaStream_t stream_;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace

std::unique_ptr<Recording> CudaBackend::record(const std::function<void()>& body) const {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  check(cudaMemPoolTrimTo(pool_, 0), "cudaMemPoolTrimTo");  // memory of the steps before, which the recording replaces
  host_memory_->begin_recording();
  const cudaError_t begun = cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal);
  if (begun != cudaSuccess) host_memory_->end_recording();
  check(begun, "cudaStreamBeginCapture");
  std::exception_ptr problem;
  recording_ = true;
  try {
    if (tracing_) trace_.begin(stream_);
    body();
  } catch (...) {
    problem = std::current_exception();
  }
  recording_ = false;
  cudaGraph_t graph = nullptr;
  const cudaError_t status = cudaStreamEndCapture(stream_, &graph);
  host_memory_->end_recording();
  if (problem) {
    if (graph) cudaGraphDestroy(graph);
    cudaGetLastError();  // clears the error of the broken recording
    std::rethrow_exception(problem);
  }
  check(status, "cudaStreamEndCapture");
  if (recording_memory_.held() > 0) {
    cudaGraphDestroy(graph);
    throw InternalError("cuda: recorded work keeps " + std::to_string(recording_memory_.held()) +
                        " tensors, which other recordings would overwrite");
  }
  return std::make_unique<Graph>(graph, stream_);
}

}  // namespace intertwiner::cuda
