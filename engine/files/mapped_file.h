// A file's bytes in memory without a copy. Pages come from the system's disk cache when they are first read: a program
// that loads a large model starts at once, and two programs share one copy. What is written to the bytes stays in this
// program.
//
// A file that is replaced by renaming (engine/files/atomic_file.h) stays unchanged for programs that have it mapped. A
// file that is overwritten in place changes in their memory too, and a file that is truncated ends them, as with any
// mapped file.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>

namespace intertwiner {

/// The first `bytes` bytes of a file. kReadableBeyond more (engine/memory/allocator.h) may be read, and are undefined.
/// Unmapped with the last owner. Null where the system refuses.
std::shared_ptr<std::byte> map_file(const std::filesystem::path& path, int64_t bytes);

}  // namespace intertwiner
