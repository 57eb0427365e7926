// Large blocks of memory, cut out of one range of addresses. A freed block is joined with its free neighbours, so that
// maps of another size can use it. A training step, whose maps have a hundred sizes, therefore needs little more memory
// than the maximum that its tensors hold at once.
//
// A block is cut from the lowest free piece that is large enough. Where there is none, the arena grows. (Cutting from
// the smallest such piece made a step of InterNet need 4% more.) Pages come from the system as the arena grows, and
// stay.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

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
  void give_back(std::byte* block, int64_t bytes);
  /// The arena's size: it never shrinks.
  int64_t reserved_bytes() const { return end_; }

 private:
  /// Enlarges the last free piece to `size` bytes.
  void grow(int64_t size);

  std::byte* base_;
  int64_t max_ = 0, end_ = 0, usable_ = 0;  // offsets from base_; the system has given memory up to usable_
  std::map<int64_t, int64_t> free_;         // size by offset
};

}  // namespace intertwiner
