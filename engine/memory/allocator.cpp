#include "engine/memory/allocator.h"

#include <algorithm>
#include <cstdlib>
#include <map>
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
  int64_t size = kAlignment;
  while (size < bytes) size *= 2;
  return size;
}

class Memory {
 public:
  std::byte* take(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::byte* block = bytes < kLarge ? take_small(rounded_small(bytes)) : arena_.take(bytes);
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
    return block;
  }

  void give_back(std::byte* block, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    in_use_ -= bytes;
    if (bytes >= kLarge) return arena_.give_back(block, bytes);
    const int64_t size = rounded_small(bytes);
    small_.emplace_hint(small_.lower_bound(size), size, block);  // in front: still in the processor's cache
  }

  MemoryUse use() {
    const std::lock_guard lock(mutex_);
    return {in_use_, small_bytes_ + arena_.reserved_bytes(), peak_};
  }

 private:
  std::byte* take_small(int64_t size) {
    const auto found = small_.lower_bound(size);
    if (found != small_.end() && found->first == size) {
      std::byte* block = found->second;
      small_.erase(found);
      return block;
    }
    auto* block = static_cast<std::byte*>(std::aligned_alloc(kAlignment, static_cast<size_t>(size)));
    if (!block) throw std::bad_alloc();
    small_bytes_ += size;
    return block;
  }

  std::mutex mutex_;
  Arena arena_{memory_limit()};
  std::multimap<int64_t, std::byte*> small_;  // free blocks by size
  int64_t small_bytes_ = 0, in_use_ = 0, peak_ = 0;
};

// Never destroyed: tensors in static storage may outlive every other static object.
Memory& memory() {
  static auto* memory = new Memory;
  return *memory;
}

}  // namespace

std::shared_ptr<std::byte> allocate(int64_t bytes) {
  const int64_t size = bytes + kReadableBeyond;
  return {memory().take(size), [size](std::byte* block) { memory().give_back(block, size); }};
}

MemoryUse memory_use() { return memory().use(); }

}  // namespace intertwiner
