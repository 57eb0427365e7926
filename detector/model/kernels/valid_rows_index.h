// Index functions of kernels/valid_rows.h.
#pragma once
#include "engine/host_device.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// A row's key is its number, where its flag is not negative.
struct RowKeys {
  [[no_unique_address]] NamedFields named{};
  const int32_t* flag;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t r) const { key[r] = flag[r] < 0 ? kNoKey : static_cast<int32_t>(r); }
};

/// 1 for the first `valid_count[n]` rows of list n, −1 for the rest; the index is (list, row).
struct FlagValid {
  [[no_unique_address]] NamedFields named{};
  const int32_t* valid_count;
  int64_t capacity;  // rows a list
  int32_t* flag;
  INTERTWINER_HD void operator()(int64_t i) const { flag[i] = i % capacity < valid_count[i / capacity] ? 1 : -1; }
};

/// 1 for rows of one level, −1 for the rest.
struct FlagLevel {
  [[no_unique_address]] NamedFields named{};
  const int32_t* level;
  int32_t wanted;
  int32_t* flag;
  INTERTWINER_HD void operator()(int64_t r) const { flag[r] = level[r] == wanted ? 1 : -1; }
};

/// position[rows[i]] = begin + i for each valid row.
struct RowPositions {
  [[no_unique_address]] NamedFields named{};
  const int32_t* rows;
  int64_t begin;
  int32_t* position;
  INTERTWINER_HD void operator()(int64_t i) const {
    if (rows[i] >= 0) position[rows[i]] = static_cast<int32_t>(begin + i);
  }
};

/// The valid count of each list of `capacity` numbers: how many are not negative, where those come first. The index is
/// a list.
struct ValidCount {
  [[no_unique_address]] NamedFields named{};
  const int32_t* numbers;
  int64_t capacity;
  int32_t* count;

  INTERTWINER_HD static int64_t of(const int32_t* list, int64_t capacity) {
    int64_t low = 0, high = capacity;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (list[middle] >= 0)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
  INTERTWINER_HD void operator()(int64_t list) const {
    count[list] = static_cast<int32_t>(of(numbers + list * capacity, capacity));
  }
};

}  // namespace intertwiner::kernels
