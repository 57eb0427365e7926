// Memory of the host that the GPU reads by itself (pinned): a copy from it is only asked for, and goes on while the
// host does other things. Asking the driver for it takes milliseconds, so blocks are kept.
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

  /// At least `bytes` bytes, contents undefined. Goes back with its last owner, and is given out again when what the
  /// stream was asked for until then is done. Thread-safe. Throws UserError where the host has no more.
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
