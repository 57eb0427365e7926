// Index functions of selection: the smallest of many keys (engine/kernels/keys.h), and non-maximum suppression.
#pragma once
#include <cstdint>

#include "engine/box.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

constexpr int64_t kMaxSegments = 8;

/// Rows of `columns` keys, each cut at `bounds` into segments: segment s is columns bounds[s] to bounds[s + 1] − 1.
struct KeySegments {
  [[no_unique_address]] NamedFields named{};
  int64_t columns, segments;
  int64_t bounds[kMaxSegments + 1];

  INTERTWINER_HD int64_t segment_of(int64_t column) const {
    int64_t s = 0;
    while (column >= bounds[s + 1]) ++s;
    return s;
  }
};

/// Writes a key's column at its rank among the keys of its segment. The index is a key; it reads its whole segment.
struct RankKey {
  [[no_unique_address]] NamedFields named{};
  KeySegments s;
  const int32_t* keys;
  int64_t max_count;
  int32_t* smallest;  // rows×segments×max_count, all −1 at first

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t row = index / s.columns, column = index % s.columns, segment = s.segment_of(column);
    const int32_t* in_row = keys + row * s.columns;
    const int32_t key = in_row[column];
    if (key == kNoKey) return;
    int64_t rank = 0;
    for (int64_t i = s.bounds[segment]; i < s.bounds[segment + 1]; ++i)
      rank += in_row[i] < key || (in_row[i] == key && i < column) ? 1 : 0;
    if (rank < max_count) smallest[(row * s.segments + segment) * max_count + rank] = static_cast<int32_t>(column);
  }
};

constexpr int64_t kBoxesPerWord = 64;

/// For each of 64 boxes, a bit: 1 if the box suppresses it when it stays. A box suppresses only later boxes. The index
/// is (list, word, box), so neighbouring threads read neighbouring boxes; the bits are those of (list, box, word).
struct SuppressedBoxes {
  [[no_unique_address]] NamedFields named{};
  const Box* boxes;
  const int32_t* valid;
  int64_t count, words;
  float threshold;
  int64_t* bits;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t i = index % count, word = index / count % words, first = index / count / words * count;
    const int64_t begin = word * kBoxesPerWord, end = begin + kBoxesPerWord < count ? begin + kBoxesPerWord : count;
    uint64_t found = 0;
    if (valid[first + i])
      for (int64_t j = begin > i ? begin : i + 1; j < end; ++j)
        if (overlap_more(boxes[first + i], boxes[first + j], threshold)) found |= uint64_t{1} << (j - begin);
    bits[(first + i) * words + word] = static_cast<int64_t>(found);
  }
};

/// Goes through a list, best box first, and decides which boxes stay. The index is a list. `suppressed` holds each
/// list's words, all 0 at first.
struct StayingBoxes {
  [[no_unique_address]] NamedFields named{};
  const int64_t* bits;
  const int32_t* valid;
  int64_t count, words, max_count;
  int64_t* suppressed;
  int32_t* stays;

  INTERTWINER_HD void operator()(int64_t list) const {
    int64_t kept = 0;
    int64_t* out = suppressed + list * words;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = list * count + i;
      const bool is_suppressed = static_cast<uint64_t>(out[i / kBoxesPerWord]) >> (i % kBoxesPerWord) & 1;
      const bool stay = valid[at] && !is_suppressed && kept < max_count;
      stays[at] = stay ? 1 : 0;
      if (!stay) continue;
      ++kept;
      for (int64_t word = i / kBoxesPerWord; word < words; ++word) out[word] |= bits[at * words + word];
    }
  }
};

}  // namespace intertwiner::kernels
