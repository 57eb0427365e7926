// A copy of the process that goes on in a copy of its working folder, so that one run tries thousands of faults, each
// at the cost of what follows it.
#pragma once
#include <cstdint>

namespace intertwiner::tests {

/// Forks. Returns true in the child, which works in a copy of the working folder beside it, FOLDER-NUMBER. The parent
/// waits for the child's end, writes "NUMBER STATUS" to the file descriptor `report`, waits there for a byte, and
/// returns false. The process must not have other threads, and names below the working folder must be relative.
bool continue_in_copy(uint64_t number, int report);

}  // namespace intertwiner::tests
