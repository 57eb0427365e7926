// How much memory this process may use.
#pragma once
#include <cstdint>
#include <string>

namespace intertwiner {

/// Bytes: the computer's memory, or less if a container's control group (version 2) or `ulimit -v` allows less. Read
/// once.
int64_t memory_limit();

/// Throws TooLittleMemory if `bytes`, a lower bound of what is about to be used, is above memory_limit(): "`what`: at
/// least 5.1 GB are needed, but 2.0 GB are available; `advice`".
void require_memory(int64_t bytes, const std::string& what, const std::string& advice);

}  // namespace intertwiner
