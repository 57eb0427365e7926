// A file's bytes in memory without a copy. Pages come from the system's disk cache when they are first read: a program
// that loads a large model starts at once, and two programs share one copy. Changes to the bytes stay in this program.
//
// A program that has the file mapped may see later changes. If the file is replaced by renaming
// (engine/files/atomic_file.h), the program keeps the old bytes. If it is overwritten in place, the bytes change. If it
// is truncated, reading the missing bytes ends the program (SIGBUS).
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>

namespace intertwiner {

/// The first `bytes` bytes of a file. kReadableBeyond bytes after them (engine/memory/allocator.h) may be read; their
/// values are undefined. Unmapped with the last owner. Null if the file cannot be mapped.
std::shared_ptr<std::byte> map_file(const std::filesystem::path& path, int64_t bytes);

}  // namespace intertwiner
