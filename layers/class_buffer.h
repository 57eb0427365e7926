// The class buffer (3.2, eq. 1 and 2): for each class the sum S and number n of the large set's foreground features
// seen so far, in double precision. A class's representative is b = S/n: the mean over all history, each member with
// equal weight.
#pragma once
#include "layers/parameters.h"

namespace intertwiner {

class ClassBuffer {
 public:
  /// `classes` with background, which is never a member.
  ClassBuffer(const Scope& scope, int64_t classes, int64_t features);

  /// Adds rows of `features` (R×D) with label > 0 to their class's sum.
  void add(const Tensor& features, const Tensor& labels) const;
  /// classes×D of the features' type; zeros for a class without members.
  Tensor representatives(DType type) const;
  /// `labels` with −1 in place of background and of classes without members: rows that eq. 3 leaves out.
  Tensor comparable(const Tensor& labels) const;

 private:
  Tensor sum_, count_;
};

}  // namespace intertwiner
