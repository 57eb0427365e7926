// The two ways to fail. A user's mistake is told in one line (what, where, what to do) and ends a program with exit
// code 2; a program's own mistake ends it with exit code 1.
#pragma once
#include <stdexcept>
#include <string>

namespace intertwiner {

/// What the user can mend: a missing file, a value out of range, shapes that do not fit an operator.
class UserError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What only a programmer can mend: a broken promise inside this code.
class InternalError : public std::logic_error {
  using std::logic_error::logic_error;
};

}  // namespace intertwiner
