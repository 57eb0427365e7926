#include "engine/allocator.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

namespace intertwiner {
namespace {

constexpr int64_t kAlignment = 64;

// Sizes are rounded up so that maps of slightly different sizes (batches are padded differently) share blocks:
// to an eighth of the next lower power of two, at most 12.5% too much.
int64_t rounded(int64_t bytes) {
  int64_t step = kAlignment;
  while (step * 16 <= bytes) step *= 2;
  return std::max<int64_t>((bytes + step - 1) / step * step, kAlignment);
}

class Cache {
 public:
  std::byte* take(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = free_.lower_bound(bytes);
    if (found != free_.end() && found->first == bytes) {
      std::byte* block = found->second;
      free_.erase(found);
      use_.in_use_bytes += bytes;
      return block;
    }
    auto* block = static_cast<std::byte*>(std::aligned_alloc(kAlignment, static_cast<size_t>(bytes)));
    if (!block) throw std::bad_alloc();
    use_.in_use_bytes += bytes;
    use_.reserved_bytes += bytes;
    use_.peak_bytes = std::max(use_.peak_bytes, use_.reserved_bytes);
    return block;
  }

  void give_back(std::byte* block, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    use_.in_use_bytes -= bytes;
    free_.emplace_hint(free_.lower_bound(bytes), bytes, block);  // in front: the block freed last is warm
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (const auto& [bytes, block] : free_) {
      std::free(block);
      use_.reserved_bytes -= bytes;
    }
    free_.clear();
  }

  MemoryUse use() {
    const std::lock_guard lock(mutex_);
    return use_;
  }

 private:
  std::mutex mutex_;
  std::multimap<int64_t, std::byte*> free_;
  MemoryUse use_{};
};

// Never destroyed: tensors in static storage may outlive every other static object.
Cache& cache() {
  static auto* cache = new Cache;
  return *cache;
}

}  // namespace

std::shared_ptr<std::byte> allocate(int64_t bytes) {
  const int64_t size = rounded(bytes + kReadableBeyond);
  return {cache().take(size), [size](std::byte* block) { cache().give_back(block, size); }};
}

MemoryUse memory_use() { return cache().use(); }

void release_cached_memory() { cache().release(); }

}  // namespace intertwiner
