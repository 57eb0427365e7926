#include "engine/memory/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

// Marks free memory for AddressSanitizer, which then reports reads and writes there.
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) static_cast<void>(0)
#endif

namespace intertwiner {
namespace {

constexpr int64_t kGrowth = int64_t{32} << 20;

int64_t rounded_up(int64_t bytes, int64_t step) { return (bytes + step - 1) / step * step; }

}  // namespace

// A limit on addresses (ulimit -v) may be lower than the machine's memory. The arena then halves its size until it
// fits.
Arena::Arena(int64_t max_bytes) : max_(rounded_up(max_bytes, kGrowth)) {
  const auto reserved = [&] {
    return mmap(nullptr, static_cast<size_t>(max_), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  };
  void* range = reserved();
  while (range == MAP_FAILED && max_ > kGrowth) {
    max_ = rounded_up(max_ / 2, kPage);
    range = reserved();
  }
  if (range == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<std::byte*>(range);
  madvise(base_, static_cast<size_t>(max_), MADV_HUGEPAGE);  // fewer page faults; may fail
}

Arena::~Arena() { munmap(base_, static_cast<size_t>(max_)); }

std::byte* Arena::take(int64_t bytes) {
  if (bytes > max_) throw std::bad_alloc();
  const int64_t size = rounded_up(bytes, kPage);
  std::optional<int64_t> found = free_.take(size);
  if (!found) {
    grow(size);
    found = free_.take(size);
  }
  const int64_t begin = *found;
  ASAN_POISON_MEMORY_REGION(base_ + begin, static_cast<size_t>(size));
  ASAN_UNPOISON_MEMORY_REGION(base_ + begin, static_cast<size_t>(bytes));
  return base_ + begin;
}

void Arena::grow(int64_t size) {
  const int64_t begin = end_ - free_.free_before(end_);
  if (begin + size > max_) throw std::bad_alloc();
  if (begin + size > usable_) {
    const int64_t wanted = std::min(max_, rounded_up(begin + size, kGrowth));
    if (mprotect(base_ + usable_, static_cast<size_t>(wanted - usable_), PROT_READ | PROT_WRITE) != 0)
      throw std::bad_alloc();
    usable_ = wanted;
  }
  free_.add(end_, begin + size - end_);
  end_ = begin + size;
}

void Arena::give_back(std::byte* block, int64_t bytes) noexcept {
  const int64_t begin = block - base_, size = rounded_up(bytes, kPage);
  ASAN_POISON_MEMORY_REGION(block, static_cast<size_t>(size));
  free_.give_back(begin, size);
}

}  // namespace intertwiner
