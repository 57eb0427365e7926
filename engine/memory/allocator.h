// Memory of tensors on the CPU: freed blocks are kept and given out again, so that a training step asks the system for
// nothing once it is warm. Large blocks come out of one arena (engine/memory/arena.h), small ones are kept by size.
// Blocks are aligned to 64 bytes, a cache line and an AVX-512 register.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace intertwiner {

/// Kernels load whole registers and may read, never write, so far beyond the end of a block.
constexpr int64_t kReadableBeyond = 128;

/// A block of at least `bytes` bytes, contents undefined; goes back with its last owner. Thread-safe.
std::shared_ptr<std::byte> allocate(int64_t bytes);

struct MemoryUse {
  int64_t in_use_bytes;    ///< held by tensors now
  int64_t reserved_bytes;  ///< taken from the system: held by tensors or kept for the next one
  int64_t peak_bytes;      ///< most that tensors held at any time
};
MemoryUse memory_use();

}  // namespace intertwiner
