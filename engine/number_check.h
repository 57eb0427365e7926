// Finds where a NaN or an infinity is born. While a NumberCheck exists, every operator's result and every gradient on
// this thread is examined, and the first one that is not finite throws NotFinite with the operator's name. Slow; on a
// GPU nothing is recorded meanwhile.
//
//   const NumberCheck check;
//   backward(loss_of(model, batch));  // throws: "the result of relu (activations.cpp:18) is NaN at element 7 of 2×8"
#pragma once
#include <stdexcept>

#include "engine/tensor.h"

namespace intertwiner {

/// A value that must be finite is not; `what` says which.
class NotFinite : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A place in the code: that of a call, if it is the default value of a parameter. (std::source_location is not in
/// clang 14.)
struct CodePlace {
  const char* function;
  const char* file;
  int line;

  static constexpr CodePlace current(const char* function = __builtin_FUNCTION(), const char* file = __builtin_FILE(),
                                     int line = __builtin_LINE()) {
    return {function, file, line};
  }
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
void check_numbers(const Tensor& tensor, const char* what, const CodePlace& where);

}  // namespace intertwiner
