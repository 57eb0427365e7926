// Pinned memory of the host, which the GPU reads without the processor: a copy from it runs while the host goes on.
// Allocating it takes the driver milliseconds, so blocks are kept.
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace intertwiner::cuda {

class HostMemory {
 public:
  /// For copies on this stream. Lives as long as the program.
  explicit HostMemory(cudaStream_t stream) : stream_(stream) {}

  /// At least `bytes` bytes, contents undefined. Freed with its last owner, and reused once the work that the stream
  /// has then been given is done. Thread-safe. Throws UserError where the host has no more.
  std::shared_ptr<std::byte> take(int64_t bytes);

 private:
  struct Block {
    std::byte* memory;
    cudaEvent_t last_use;
  };
  Block free_block(size_t size);
  void give_back(size_t size, const Block& block);

  cudaStream_t stream_;
  std::mutex mutex_;
  std::multimap<size_t, Block> free_;  // by size, in the order they came back
};

}  // namespace intertwiner::cuda
