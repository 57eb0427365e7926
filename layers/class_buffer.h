// The class buffer (3.2, eq. 1 and 2): for each row (a class, or a class of one level) the sum S and number n of the
// large set's foreground features, in double precision. The row's representative is b = S/n. The history says which
// features count (table 2d):
//
//   all       every feature ever seen, with equal weight
//   decayed   each iteration with features of the row:  S ← γS + Σf,  n ← γn + count
//   window    those of the last K iterations, which takes K copies of S
//
// The caller chooses what the gradient of b does: `representatives(type)` are constants; `representatives(features,
// rows)` pass db/n on to each of this iteration's features.
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

  /// One iteration: feature r of `features` (R×D) enters row rows[r], or none where that is −1. R may be 0, which is an
  /// iteration too.
  void add(const Tensor& features, const Tensor& rows) const;
  /// rows×D of this type; zeros for a row without features.
  Tensor representatives(DType type) const { return group_means(kept_, type); }
  /// The same, with gradient to the `features` that the last `add` was given with `rows`.
  Variable representatives(const Variable& features, const Tensor& rows) const {
    return group_means(kept_, features, rows);
  }
  /// `rows` with −1 in place of those without features, which eq. 3 leaves out.
  Tensor comparable(const Tensor& rows) const { return nonempty_groups(rows, kept_.count); }

 private:
  BufferHistory history_;
  GroupSums kept_;                                    // S and n
  Tensor window_sum_, window_count_, window_oldest_;  // what each of the last K iterations added, in a ring
};

}  // namespace intertwiner
