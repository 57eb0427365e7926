// A file's bytes in memory without a copy: pages come from the system's cache of the disk when they are first read, so
// that a program that loads a large model to use it once starts at once, and two programs share one copy. What is
// written to them stays in this program.
//
// A file that is replaced by renaming (engine/files/atomic_file.h) stays as it was for those who have it mapped. One
// that is overwritten in place changes under their hands, and one that is cut short ends the program, as with any
// mapped file.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>

namespace intertwiner {

/// The first `bytes` bytes of a file, which has them; kReadableBeyond more may be read, and are undefined. Unmapped
/// with the last owner. Null where the system refuses.
std::shared_ptr<std::byte> map_file(const std::filesystem::path& path, int64_t bytes);

}  // namespace intertwiner
