// Large blocks of memory from one range of addresses. A freed block is joined with its free neighbours, so maps of
// another size can use it. The maps of a training step have a hundred sizes. Even so the arena needs little more memory
// than the tensors hold at their peak.
//
// A block is cut from the lowest free piece that is large enough. If there is none, the arena grows. (With the smallest
// such piece, a step of InterNet needed 4% more memory.) The arena never gives pages back to the system.
// Giving a block back allocates nothing, so it cannot fail.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

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
  struct Piece {
    int64_t begin, size;  // begin: offset from base_
  };

  /// Enlarges the last free piece to `size` bytes.
  void grow(int64_t size);

  std::byte* base_;
  int64_t max_ = 0, end_ = 0, usable_ = 0;  // offsets from base_; the system has given memory up to usable_
  int64_t held_ = 0;                        // blocks
  // By offset, neighbours joined. Blocks lie between the pieces, so there are at most held_ + 1. Its capacity is at
  // least that.
  std::vector<Piece> free_;
};

}  // namespace intertwiner
