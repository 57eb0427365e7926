// Free pieces of a range of offsets. A block is cut from the lowest piece that is large enough; a freed block is joined
// with its free neighbours. So blocks of a hundred sizes need little more room than they hold at their peak. (Cut from
// the smallest piece that is large enough, the blocks of a step of InterNet needed 4% more.)
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace intertwiner {

/// Not thread-safe.
class FirstFit {
 public:
  /// Adds a free piece, which is joined with its neighbours. Throws std::bad_alloc.
  void add(int64_t begin, int64_t size);
  /// The offset of a block of `size`; none if no piece is large enough.
  std::optional<int64_t> take(int64_t size);
  /// Allocates nothing, so it cannot fail.
  void give_back(int64_t begin, int64_t size) noexcept;
  /// Size of the free piece that ends at this offset; 0: none does.
  int64_t free_before(int64_t end) const;
  /// Number of blocks that are taken.
  int64_t held() const { return held_; }

 private:
  struct Piece {
    int64_t begin, size;
  };

  void join(int64_t begin, int64_t size);

  int64_t held_ = 0, added_ = 0;
  // By offset, neighbours joined. Blocks lie between the pieces, so there are at most held_ + added_. Its capacity is
  // at least that.
  std::vector<Piece> free_;
};

}  // namespace intertwiner
