#include "engine/cuda/recording_memory.h"

#include <algorithm>

#include "engine/cuda/check.h"

namespace intertwiner::cuda {
namespace {

constexpr int64_t kAlignment = 512, kMinSlab = int64_t{32} << 20;

int64_t rounded_down(int64_t bytes) { return bytes / kAlignment * kAlignment; }
int64_t rounded_up(int64_t bytes) { return rounded_down(std::max<int64_t>(bytes, 1) + kAlignment - 1); }

/// While it exists, this thread may allocate although it records: an allocation is not part of the recording.
class Unrecorded {
 public:
  Unrecorded() { check(cudaThreadExchangeStreamCaptureMode(&mode_), "cudaThreadExchangeStreamCaptureMode"); }
  ~Unrecorded() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  Unrecorded(const Unrecorded&) = delete;
  Unrecorded& operator=(const Unrecorded&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace

std::byte* RecordingMemory::take(int64_t bytes) {
  const int64_t size = rounded_up(bytes);
  std::optional<int64_t> found = free_.take(size);
  if (!found) {
    add_slab(size);
    found = free_.take(size);
  }
  return reinterpret_cast<std::byte*>(*found);
}

void RecordingMemory::give_back(std::byte* block, int64_t bytes) noexcept {
  free_.give_back(reinterpret_cast<int64_t>(block), rounded_up(bytes));
}

// A new slab has a quarter of the memory so far, so there are few slabs and little is unused. If the GPU has less, the
// slab is halved, down to the size asked for. The last bytes of a slab stay unused, so blocks of two slabs are never
// joined.
void RecordingMemory::add_slab(int64_t size) {
  const Unrecorded unrecorded;
  void* slab = nullptr;
  int64_t bytes = std::max({size, rounded_down(bytes_ / 4), kMinSlab});
  cudaError_t status = cudaMalloc(&slab, static_cast<size_t>(bytes + kAlignment));
  while (status == cudaErrorMemoryAllocation && bytes > size) {
    cudaGetLastError();  // resets the error
    bytes = std::max(size, rounded_down(bytes / 2));
    status = cudaMalloc(&slab, static_cast<size_t>(bytes + kAlignment));
  }
  if (status == cudaErrorMemoryAllocation)
    throw_out_of_memory("the memory of a step (" + std::to_string(bytes >> 20) + " MB more)");
  check(status, "cudaMalloc of " + std::to_string(bytes) + " bytes");
  free_.add(reinterpret_cast<int64_t>(slab), bytes);
  bytes_ += bytes + kAlignment;
}

}  // namespace intertwiner::cuda
