#include "tests/engine/backend/closed_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <iterator>
#include <new>

#include "engine/error.h"

namespace intertwiner::tests {
namespace {

constexpr size_t kHugePage = size_t{1} << 21;
constexpr size_t kAlignment = 256;

}  // namespace

ClosedMemory::ClosedMemory(size_t bytes) : bytes_(bytes) {
  pages_ = mmap(nullptr, bytes_ + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages_ == MAP_FAILED) throw std::bad_alloc();
  auto* first = static_cast<std::byte*>(pages_);
  begin_ = first + (kHugePage - reinterpret_cast<uintptr_t>(first) % kHugePage);
  madvise(begin_, bytes_, MADV_HUGEPAGE);  // fewer pages to protect
  free_[begin_] = bytes_;
}
ClosedMemory::~ClosedMemory() { munmap(pages_, bytes_ + kHugePage); }

std::byte* ClosedMemory::take(size_t bytes) {
  const size_t wanted = (bytes + kAlignment - 1) & ~(kAlignment - 1);
  const std::lock_guard lock(mutex_);
  for (const auto& [block, size] : free_) {
    if (size < wanted) continue;
    std::byte* taken = block;
    const size_t rest = size - wanted;
    free_.erase(block);
    if (rest > 0) free_[taken + wanted] = rest;
    taken_[taken] = wanted;
    used_ += wanted;
    return taken;
  }
  throw std::bad_alloc();
}

void ClosedMemory::give_back(std::byte* block) {
  const std::lock_guard lock(mutex_);
  const auto taken = taken_.find(block);
  if (taken == taken_.end()) throw InternalError("ClosedMemory: this block is not taken");
  auto here = free_.emplace(block, taken->second).first;
  used_ -= taken->second;
  taken_.erase(taken);
  if (const auto next = std::next(here); next != free_.end() && here->first + here->second == next->first) {
    here->second += next->second;
    free_.erase(next);
  }
  if (here == free_.begin()) return;
  if (const auto last = std::prev(here); last->first + last->second == here->first) {
    last->second += here->second;
    free_.erase(here);
  }
}

bool ClosedMemory::contains(const void* address) const { return address >= begin_ && address < begin_ + bytes_; }

size_t ClosedMemory::block_bytes(const std::byte* block) const {
  const std::lock_guard lock(mutex_);
  const auto taken = taken_.find(const_cast<std::byte*>(block));
  return taken == taken_.end() ? 0 : taken->second;
}

size_t ClosedMemory::bytes_from(const std::byte* address) const {
  const std::lock_guard lock(mutex_);
  auto after = taken_.upper_bound(const_cast<std::byte*>(address));
  if (after == taken_.begin()) return 0;
  const auto& [block, size] = *--after;
  return address < block + size ? static_cast<size_t>(block + size - address) : 0;
}

void ClosedMemory::open(int change) {
  const std::lock_guard lock(mutex_);
  openings_ += change;
  const int access = openings_ > 0 ? PROT_READ | PROT_WRITE : PROT_NONE;
  if (openings_ == (change > 0 ? 1 : 0) && mprotect(begin_, bytes_, access) != 0)
    throw InternalError("ClosedMemory: mprotect failed");
}

}  // namespace intertwiner::tests
