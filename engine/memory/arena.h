// Large blocks of memory from one range of addresses, by first fit (engine/memory/first_fit.h): maps of another size
// can use a freed block. Even so the arena needs little more memory than the tensors hold at their peak. If no free
// piece is large enough, the arena grows. It never gives pages back to the system. Giving a block back allocates
// nothing, so it cannot fail.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/memory/first_fit.h"

namespace intertwiner {

/// Not thread-safe.
class Arena {
 public:
  static constexpr int64_t kPage = 4096;  ///< blocks begin and end at multiples of it

  /// Reserves addresses, not memory, for `max_bytes`.
  explicit Arena(int64_t max_bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Contents undefined. Throws std::bad_alloc.
  std::byte* take(int64_t bytes);
  void give_back(std::byte* block, int64_t bytes) noexcept;
  /// The arena's size: it never shrinks.
  int64_t reserved_bytes() const { return end_; }

 private:
  /// Enlarges the last free piece to `size` bytes.
  void grow(int64_t size);

  std::byte* base_;
  int64_t max_ = 0, end_ = 0, usable_ = 0;  // offsets from base_; the system has given memory up to usable_
  FirstFit free_;                           // by offset from base_
};

}  // namespace intertwiner
