#include "engine/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>

// AddressSanitizer is told what is free, so that it sees reads and writes there.
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

// A limit on addresses (ulimit -v) may be narrower than the machine's memory: then half of it has to do, and so on.
Arena::Arena(int64_t most_bytes) : most_(rounded_up(most_bytes, kGrowth)) {
  const auto reserved = [&] {
    return mmap(nullptr, static_cast<size_t>(most_), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  };
  void* range = reserved();
  while (range == MAP_FAILED && most_ > kGrowth) {
    most_ = rounded_up(most_ / 2, kPage);
    range = reserved();
  }
  if (range == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<std::byte*>(range);
  madvise(base_, static_cast<size_t>(most_), MADV_HUGEPAGE);  // fewer page faults; without them all goes well too
}

Arena::~Arena() { munmap(base_, static_cast<size_t>(most_)); }

std::byte* Arena::take(int64_t bytes) {
  const int64_t size = rounded_up(bytes, kPage);
  const auto found = fits_.lower_bound({size, 0});
  int64_t begin = end_;
  if (found != fits_.end()) {
    begin = found->second;
    const int64_t rest = found->first - size;
    remove_free(free_.find(begin));
    if (rest > 0) add_free(begin + size, rest);
  } else {
    const bool ends_free = !free_.empty() && std::prev(free_.end())->first + std::prev(free_.end())->second == end_;
    if (ends_free) begin = std::prev(free_.end())->first;
    if (begin + size > most_) throw std::bad_alloc();
    if (begin + size > usable_) {
      const int64_t wanted = std::min(most_, rounded_up(begin + size, kGrowth));
      if (mprotect(base_ + usable_, static_cast<size_t>(wanted - usable_), PROT_READ | PROT_WRITE) != 0)
        throw std::bad_alloc();
      usable_ = wanted;
    }
    if (ends_free) remove_free(std::prev(free_.end()));
    end_ = begin + size;
  }
  ASAN_POISON_MEMORY_REGION(base_ + begin, static_cast<size_t>(size));
  ASAN_UNPOISON_MEMORY_REGION(base_ + begin, static_cast<size_t>(bytes));
  return base_ + begin;
}

void Arena::give_back(std::byte* block, int64_t bytes) {
  int64_t begin = block - base_, size = rounded_up(bytes, kPage);
  ASAN_POISON_MEMORY_REGION(block, static_cast<size_t>(size));
  const auto next = free_.lower_bound(begin);
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == begin) {
      begin = before->first;
      size += before->second;
      remove_free(before);
    }
  }
  if (next != free_.end() && begin + size == next->first) {
    size += next->second;
    remove_free(next);
  }
  add_free(begin, size);
}

void Arena::add_free(int64_t begin, int64_t size) {
  free_.emplace(begin, size);
  fits_.emplace(size, begin);
}

void Arena::remove_free(std::map<int64_t, int64_t>::iterator piece) {
  fits_.erase({piece->second, piece->first});
  free_.erase(piece);
}

}  // namespace intertwiner
