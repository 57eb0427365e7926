// The class buffer (3.2, eq. 1 and 2). A row stands for a class, or for a class of one level. It holds the sum S and
// the number n of the large set's foreground features, in double precision. Its representative is b = S/n. The history
// decides which features count (table 2d):
//
//   all       all features, with equal weight
//   decayed   each iteration with features of the row:  S ← γS + Σf,  n ← γn + count
//   window    the features of the last K iterations; needs K copies of S
//
// The caller decides about the gradient of b: `representatives(type)` are constants; `representatives(features, rows)`
// pass db/n on to each feature of this iteration.
#pragma once
#include "engine/ops/grouped_sums.h"
#include "layers/kinds.h"
#include "layers/parameters.h"

namespace intertwiner {

struct BufferHistory {
  BufferKind kind = BufferKind::all;
  double decay = 1;    ///< γ
  int64_t window = 1;  ///< K
};

class ClassBuffer {
 public:
  ClassBuffer(const Scope& scope, int64_t rows, int64_t features, const BufferHistory& history = {});

  /// One iteration: feature r of `features` (R×D) enters row rows[r], or no row if that is −1. R may be 0; this also
  /// counts as an iteration.
  void add(const Tensor& features, const Tensor& rows) const;

  /// From now on, `add` leaves the buffer as it is; only the next representatives count its features. `additions` are
  /// their sums, and `commit` ends the iteration. So the shards of a batch see the same buffer, each with its own
  /// features, and then enter it together (detector/training/shard_sums.h).
  void defer_additions();
  /// The sums of the last `add`; in the same memory each time.
  const GroupSums& additions() const { return added_; }
  /// The end of an iteration: `added` enters the buffer.
  void commit(const GroupSums& added) const;

  /// The representatives, rows×D of this type. Zeros for a row without features.
  Tensor representatives(DType type) const { return group_means(shown(), type); }
  /// The same, with gradient to `features`. Both arguments are those of the last `add`.
  Variable representatives(const Variable& features, const Tensor& rows) const {
    return group_means(shown(), features, rows);
  }
  /// `rows`, with −1 instead of each row without features. Eq. 3 leaves these out.
  Tensor comparable(const Tensor& rows) const { return nonempty_groups(rows, shown().count); }

 private:
  const GroupSums& shown() const { return added_.sum.defined() ? with_added_ : kept_; }

  BufferHistory history_;
  GroupSums kept_;                                    // S and n
  Tensor window_sum_, window_count_, window_oldest_;  // the additions of the last K iterations, in a ring
  GroupSums added_, with_added_;  // if additions are deferred: those of the last `add`, kept + these
};

}  // namespace intertwiner
