// Large blocks of memory, cut out of one range of addresses. A freed block becomes one with its free neighbours, so
// what maps of one size leave behind serves maps of another: a training step, whose maps have a hundred sizes, needs
// little more memory than its tensors hold at their most.
//
// A block is cut from the least free piece that holds it, the lowest of equals; only where there is none does the arena
// grow. Pages come from the system as the arena grows, and stay.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

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
  void add_free(int64_t begin, int64_t size);
  void remove_free(std::map<int64_t, int64_t>::iterator piece);

  std::byte* base_;
  int64_t most_ = 0, end_ = 0, usable_ = 0;     // offsets from base_; memory is asked for up to usable_
  std::map<int64_t, int64_t> free_;             // size by offset
  std::set<std::pair<int64_t, int64_t>> fits_;  // the same, as (size, offset)
};

}  // namespace intertwiner
