// Large blocks of memory, cut out of one range of addresses. A freed block becomes one with its free neighbours, so
// what maps of one size leave behind serves maps of another: a training step, whose maps have a hundred sizes, needs
// little more memory than its tensors hold at their most.
//
// A block is cut from the lowest free piece that holds it; only where there is none does the arena grow. (The smallest
// piece that holds it sounds thriftier, and made a step of InterNet need 4% more.) Pages come from the system as the
// arena grows, and stay.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

namespace intertwiner {

/// Not thread-safe.
class Arena {
 public:
  static constexpr int64_t kPage = 4096;  ///< blocks begin and end at multiples of it

  /// Reserves addresses, not memory, for `most_bytes`.
  explicit Arena(int64_t most_bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Contents undefined. Throws std::bad_alloc.
  std::byte* take(int64_t bytes);
  void give_back(std::byte* block, int64_t bytes);
  /// The arena's size: it never shrinks.
  int64_t reserved_bytes() const { return end_; }

 private:
  /// Makes the last free piece one of `size` bytes.
  void grow(int64_t size);

  std::byte* base_;
  int64_t most_ = 0, end_ = 0, usable_ = 0;  // offsets from base_; memory is asked for up to usable_
  std::map<int64_t, int64_t> free_;          // size by offset
};

}  // namespace intertwiner
