#include "engine/memory/allocator.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>

#include "engine/memory/arena.h"
#include "engine/memory/memory_limit.h"

namespace intertwiner {
namespace {

constexpr int64_t kAlignment = 64;
constexpr int64_t kLarge = int64_t{1} << 16;  // blocks of at least this many bytes come from the arena

/// Small blocks are kept by size, rounded up to a power of two. There are many of them, but they are small in total.
int64_t rounded_small(int64_t bytes) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(std::max(bytes, kAlignment))));
}

/// Free blocks of one size. Each holds the address of the next in its first bytes, so keeping a block needs no memory
/// and cannot fail. The block that was freed last is taken first: it is still in the processor's cache.
class FreeBlocks {
 public:
  /// Null if there is none.
  std::byte* take() {
    std::byte* block = first_;
    if (block) std::memcpy(&first_, block, sizeof first_);
    return block;
  }
  void keep(std::byte* block) {
    std::memcpy(block, &first_, sizeof first_);
    first_ = block;
  }

 private:
  std::byte* first_ = nullptr;
};

class Memory {
 public:
  std::byte* take(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::byte* block = bytes < kLarge ? take_small(rounded_small(bytes)) : arena_.take(bytes);
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
    return block;
  }

  /// Called by destructors, so it must not fail.
  void give_back(std::byte* block, int64_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    in_use_ -= bytes;
    if (bytes >= kLarge) return arena_.give_back(block, bytes);
    free_blocks(rounded_small(bytes)).keep(block);
  }

  MemoryUse use() {
    const std::lock_guard lock(mutex_);
    return {in_use_, small_bytes_ + arena_.reserved_bytes(), peak_};
  }

 private:
  FreeBlocks& free_blocks(int64_t size) {
    return small_.at(static_cast<size_t>(std::countr_zero(static_cast<uint64_t>(size))));
  }

  std::byte* take_small(int64_t size) {
    if (std::byte* kept = free_blocks(size).take()) return kept;
    auto* block = static_cast<std::byte*>(std::aligned_alloc(kAlignment, static_cast<size_t>(size)));
    if (!block) throw std::bad_alloc();
    small_bytes_ += size;
    return block;
  }

  std::mutex mutex_;
  Arena arena_{memory_limit()};
  std::array<FreeBlocks, 17> small_;  // by the size's logarithm, up to that of kLarge
  int64_t small_bytes_ = 0, in_use_ = 0, peak_ = 0;
};

// Never destroyed: tensors in static storage may outlive every other static object.
Memory& memory() {
  static auto* memory = new Memory;
  return *memory;
}

}  // namespace

std::shared_ptr<std::byte> allocate(int64_t bytes) {
  if (bytes > std::numeric_limits<int64_t>::max() - kReadableBeyond) throw std::bad_alloc();
  const int64_t size = bytes + kReadableBeyond;
  return {memory().take(size), [size](std::byte* block) { memory().give_back(block, size); }};
}

MemoryUse memory_use() { return memory().use(); }

}  // namespace intertwiner
