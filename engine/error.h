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

/// A file that is missing, or cannot be read or written.
class FileError : public UserError {
  using UserError::UserError;
};

/// A file whose content is not what it should be: cut short, damaged, of another format.
class DamagedFile : public UserError {
  using UserError::UserError;
};

/// Something that this program, this machine or this build cannot do: another format version, no GPU.
class Unsupported : public UserError {
  using UserError::UserError;
};

/// More memory would be needed than this process may have.
class TooLittleMemory : public UserError {
  using UserError::UserError;
};

/// An error that only a programmer can correct: this code broke a rule of its own.
class InternalError : public std::logic_error {
  using std::logic_error::logic_error;
};

}  // namespace intertwiner
