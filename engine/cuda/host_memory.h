// Pinned host memory. The GPU reads it directly, so the host need not wait for a copy. An allocation takes
// milliseconds, so freed blocks are kept.
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace intertwiner::cuda {

class HostMemory {
 public:
  /// For copies on this stream. Must live as long as the program.
  explicit HostMemory(cudaStream_t stream) : stream_(stream) {}

  /// At least `bytes` bytes, contents undefined. Freed with its last owner, and reused when the stream has finished the
  /// work queued until then. Thread-safe. Throws UserError if the host has no more memory.
  std::shared_ptr<std::byte> take(int64_t bytes);

  /// While the stream is recorded, between these calls, blocks are freed but not reused: their events would become part
  /// of the recording.
  void begin_recording();
  void end_recording();

 private:
  struct Block {
    std::byte* memory;
    cudaEvent_t last_use;
  };
  Block free_block(size_t size);
  void keep(size_t size, const Block& block);
  void give_back(size_t size, const Block& block);

  cudaStream_t stream_;
  std::mutex mutex_;
  std::multimap<size_t, Block> free_;  // by size, in the order they were freed
  bool recording_ = false;
  std::vector<std::pair<size_t, Block>> freed_while_recording_;
};

}  // namespace intertwiner::cuda
