// The two kinds of errors. A user error, described in one line (what, where, what to do), ends a program with exit code
// 2; an error of the program itself ends it with exit code 1.
#pragma once
#include <stdexcept>
#include <string>

namespace intertwiner {

/// An error that the user can correct: a missing file, a value out of range, shapes that do not fit an operator.
class UserError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An error that only a programmer can correct: this code broke a rule of its own.
class InternalError : public std::logic_error {
  using std::logic_error::logic_error;
};

}  // namespace intertwiner
