// How long the parts of recorded work take on the GPU. While a traced recording is made, each call of the backend ends
// with an event, which becomes a node of the graph. Times are differences of neighbouring events.
#pragma once
#include <cuda_runtime.h>

#include <string>
#include <vector>

namespace intertwiner::cuda {

class Trace {
 public:
  /// A recording of this stream begins.
  void begin(cudaStream_t stream);
  /// The call that is named here was recorded.
  void mark(const std::string& name, cudaStream_t stream);

  struct Part {
    std::string name;
    double seconds;
  };
  /// The calls of the latest traced recording, in its last replay. The GPU must be done with it.
  std::vector<Part> parts() const;

 private:
  struct Mark {
    std::string name;
    cudaEvent_t event;
  };
  std::vector<Mark> marks_;  // the first is the beginning
};

}  // namespace intertwiner::cuda
