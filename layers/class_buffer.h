// The class buffer (3.2, eq. 1 and 2): for each row (a class, or a class of one level) the sum S and number n of the
// large set's foreground features that count, in double precision. The row's representative is b = S/n. Which count
// (table 2d):
//
//   all       every feature ever seen, with equal weight
//   decayed   each iteration with members of the row:  S ← γS + Σf,  n ← γn + count
//   window    those of the last K iterations; S is moved by what enters and what leaves, which takes K copies of S
//
// What a gradient of b does is the caller's choice: `representatives` of a type are constants, those of this
// iteration's members pass db/n on to each of them.
#pragma once
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

  /// One iteration: feature r of `features` (R×D) enters row rows[r], none where that is −1. R may be 0: an iteration
  /// without members is one too.
  void add(const Tensor& features, const Tensor& rows) const;
  /// rows×D of this type; zeros for a row without members.
  Tensor representatives(DType type) const;
  /// The same, with gradient to the `members` that `add` was last given with `rows`.
  Variable representatives(const Variable& members, const Tensor& rows) const;
  /// `rows` with −1 in place of those without members: what eq. 3 leaves out.
  Tensor comparable(const Tensor& rows) const;

 private:
  /// What one iteration adds to S and n.
  struct Increment {
    Tensor sum, count;
  };
  Increment increment_of(const Tensor& features, const Tensor& rows) const;
  void decay(const Increment& increment) const;
  void leave_window(const Increment& increment) const;

  BufferHistory history_;
  Tensor sum_, count_;
  Tensor window_sum_, window_count_, window_place_;  // the last K increments in a ring, and where the oldest is
};

}  // namespace intertwiner
