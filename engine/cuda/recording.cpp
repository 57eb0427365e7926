// Work recorded as a CUDA graph, so that the host launches all of a step's kernels at once. Memory that is allocated
// and freed while recording becomes a part of the graph.
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
  void replay() const override {
    const cudaError_t status = cudaGraphLaunch(executable_, stream_);
    if (status == cudaErrorMemoryAllocation) throw_out_of_memory("what a step needs");
    check(status, "cudaGraphLaunch");
  }

 private:
  cudaStream_t stream_;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace

std::unique_ptr<Recording> CudaBackend::record(const std::function<void()>& body) const {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  check(cudaMemPoolTrimTo(pool_, 0), "cudaMemPoolTrimTo");  // the graph takes memory of its own
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  std::exception_ptr problem;
  recording_ = true;
  try {
    body();
  } catch (...) {
    problem = std::current_exception();
  }
  recording_ = false;
  cudaGraph_t graph = nullptr;
  const cudaError_t status = cudaStreamEndCapture(stream_, &graph);
  if (problem) {
    if (graph) cudaGraphDestroy(graph);
    cudaGetLastError();  // clears what the broken recording left
    std::rethrow_exception(problem);
  }
  check(status, "cudaStreamEndCapture");
  return std::make_unique<Graph>(graph, stream_);
}

}  // namespace intertwiner::cuda
