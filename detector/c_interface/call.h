// What every function of the C interface has in common: it turns exceptions into a status, and checks its arguments.
#pragma once
#include <cstddef>
#include <cstring>
#include <string>

#include "detector/c_interface/intertwiner.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner::c_interface {

/// An argument of the caller that cannot be used.
class InvalidArgument : public UserError {
  using UserError::UserError;
};

/// Throws InvalidArgument unless `good`.
inline void require(bool good, const char* message) {
  if (!good) throw InvalidArgument(message);
}

/// More than any struct of the interface will need.
constexpr size_t kMaxStructBytes = 4096;

/// Throws Unsupported if this processor lacks instructions that the library was compiled for.
void require_processor();

/// Keeps the message of the exception that is being handled for intertwiner_last_error, and returns its status.
/// Allocates nothing.
intertwiner_status status_of_exception() noexcept;

/// The status of the call `f()`, which returns one or throws.
template <class F>
intertwiner_status call(const F& f) noexcept {
  try {
    const NumbersAsInC numbers;
    return f();
  } catch (...) {
    return status_of_exception();
  }
}

/// The caller's struct as this version's struct: fields that the caller does not have are those of `defaults`. Throws
/// InvalidArgument if its size is less than `first_size`, the size in version 0.1, or if it has a field that this
/// version does not know and that is not 0.
template <class Struct>
Struct read_struct(const Struct* given, const Struct& defaults, size_t first_size) {
  require(given, "the options are a null pointer");
  const size_t size = given->size;
  require(size >= first_size && size <= kMaxStructBytes,
          "the field size of the options is wrong; set it to sizeof the struct, or call the function of the defaults");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(Struct); i < size; ++i)
    require(bytes[i] == 0, "the options have a value that this version of the library does not know");
  Struct result = defaults;
  std::memcpy(&result, given, size < sizeof(Struct) ? size : sizeof(Struct));
  return result;
}

/// Writes `defaults` to the caller's struct of `size` bytes; fields that this version does not know become 0.
template <class Struct>
void write_struct(Struct* to, size_t size, const Struct& defaults, size_t first_size) {
  require(to, "the options are a null pointer");
  require(size >= first_size && size <= kMaxStructBytes, "the size is not that of the struct; give sizeof the struct");
  std::memset(to, 0, size);
  std::memcpy(to, &defaults, size < sizeof(Struct) ? size : sizeof(Struct));
  to->size = size;
}

}  // namespace intertwiner::c_interface
