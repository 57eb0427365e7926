// Finds where a NaN or an infinity is born. While a NumberCheck exists, every operator's result and every gradient on
// this thread is examined, and the first one that is not finite throws NotFinite with the operator's name. Slow; on a
// GPU nothing is recorded meanwhile.
//
//   const NumberCheck check;
//   backward(loss_of(model, batch));  // throws: "the result of relu (activations.cpp:18) is NaN at element 7 of 2×8"
#pragma once
#include <source_location>
#include <stdexcept>

#include "engine/tensor.h"

namespace intertwiner {

/// A value that must be finite is not; `what` says which.
class NotFinite : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class NumberCheck {
 public:
  explicit NumberCheck(bool on = true);
  ~NumberCheck();
  NumberCheck(const NumberCheck&) = delete;
  NumberCheck& operator=(const NumberCheck&) = delete;

  static bool is_on();

 private:
  bool before_;
};

/// Throws NotFinite if a check is on and an element is NaN or infinite. `what`: "result" or "gradient". `where`: the
/// operator.
void check_numbers(const Tensor& tensor, const char* what, const std::source_location& where);

}  // namespace intertwiner
