#include "engine/memory/first_fit.h"

#include <algorithm>
#include <iterator>

namespace intertwiner {

void FirstFit::add(int64_t begin, int64_t size) {
  ++added_;
  free_.reserve(static_cast<size_t>(held_ + added_));
  join(begin, size);
}

std::optional<int64_t> FirstFit::take(int64_t size) {
  const auto needed = static_cast<size_t>(held_ + added_) + 1;
  if (free_.capacity() < needed) free_.reserve(2 * needed);
  const auto piece = std::find_if(free_.begin(), free_.end(), [size](const Piece& p) { return p.size >= size; });
  if (piece == free_.end()) return {};
  const int64_t begin = piece->begin;
  piece->begin += size;
  piece->size -= size;
  if (piece->size == 0) free_.erase(piece);
  ++held_;
  return begin;
}

void FirstFit::give_back(int64_t begin, int64_t size) noexcept {
  --held_;
  join(begin, size);
}

void FirstFit::join(int64_t begin, int64_t size) {
  const auto next = std::lower_bound(free_.begin(), free_.end(), begin,
                                     [](const Piece& piece, int64_t offset) { return piece.begin < offset; });
  const bool joins_next = next != free_.end() && begin + size == next->begin;
  const auto before = next == free_.begin() ? free_.end() : std::prev(next);
  const bool joins_before = before != free_.end() && before->begin + before->size == begin;
  if (joins_before) {
    before->size += size + (joins_next ? next->size : 0);
    if (joins_next) free_.erase(next);
  } else if (joins_next) {
    next->begin = begin;
    next->size += size;
  } else {
    free_.insert(next, {begin, size});
  }
}

int64_t FirstFit::free_before(int64_t end) const {
  const auto found =
      std::find_if(free_.begin(), free_.end(), [end](const Piece& p) { return p.begin + p.size == end; });
  return found == free_.end() ? 0 : found->size;
}

}  // namespace intertwiner
