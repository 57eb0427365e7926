// Memory of tensors on the CPU. Freed blocks are kept and reused, so that a warm training step asks the system for no
// memory. Large blocks come from one arena (engine/memory/arena.h); small ones are kept by size. Blocks are aligned to
// 64 bytes, the size of a cache line and of an AVX-512 register.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace intertwiner {

/// Bytes beyond the end of a block that kernels, which load whole registers, may read but never write.
constexpr int64_t kReadableBeyond = 128;

/// A block of at least `bytes` bytes, contents undefined. Freed with its last owner. Thread-safe.
std::shared_ptr<std::byte> allocate(int64_t bytes);

struct MemoryUse {
  int64_t in_use_bytes;    ///< held by tensors now
  int64_t reserved_bytes;  ///< taken from the system: held by tensors or kept for the next one
  int64_t peak_bytes;      ///< the maximum that tensors held at any time
};
MemoryUse memory_use();

}  // namespace intertwiner
