// Where in the programs a call comes from.
//
// A place is a call stack: a hash of its return addresses, each relative to its module, so that it is the same in every
// run. With it a call is found again even if threads take turns in another order.
#pragma once
#include <cstdint>

namespace intertwiner::tests {

/// Must be called once, before the other functions.
void find_modules();

/// The place of the call of this library. Ignores frames of this library, and those more than 64 above. Even.
uint64_t place_of_caller();

/// True for addresses of the program or of the C++ library.
bool is_in_program(const void* address);

}  // namespace intertwiner::tests
