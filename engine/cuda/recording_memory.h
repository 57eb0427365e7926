// Memory of recorded work. It is allocated once, while the work is recorded, so a replay allocates nothing. All
// recordings share it: they run one after the other, and none keeps anything in it between replays.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/memory/first_fit.h"

namespace intertwiner::cuda {

class RecordingMemory {
 public:
  /// Contents undefined, aligned to 512 bytes. Throws UserError if the GPU has no more memory.
  std::byte* take(int64_t bytes);
  void give_back(std::byte* block, int64_t bytes) noexcept;
  /// Number of blocks that are taken.
  int64_t held() const { return free_.held(); }
  /// Of all slabs.
  int64_t bytes() const { return bytes_; }

 private:
  void add_slab(int64_t size);

  FirstFit free_;  // by address
  int64_t bytes_ = 0;
};

}  // namespace intertwiner::cuda
