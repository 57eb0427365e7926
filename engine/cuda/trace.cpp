#include "engine/cuda/trace.h"

#include "engine/cuda/check.h"

namespace intertwiner::cuda {

void Trace::begin(cudaStream_t stream) {
  marks_.clear();  // their events stay: an earlier recording may be replayed again
  mark("", stream);
}

void Trace::mark(const std::string& name, cudaStream_t stream) {
  Mark& made = marks_.emplace_back(name, nullptr);
  check(cudaEventCreate(&made.event), "cudaEventCreate");
  check(cudaEventRecordWithFlags(made.event, stream, cudaEventRecordExternal), "cudaEventRecordWithFlags");
}

std::vector<Trace::Part> Trace::parts() const {
  std::vector<Part> found;
  for (size_t i = 1; i < marks_.size(); ++i) {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, marks_[i - 1].event, marks_[i].event), "cudaEventElapsedTime");
    found.push_back({marks_[i].name, 1e-3 * static_cast<double>(milliseconds)});
  }
  return found;
}

}  // namespace intertwiner::cuda
