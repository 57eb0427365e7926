// Reads a whole file into memory.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace intertwiner {

/// The bytes of a file, at most its first `max_bytes`. Throws UserError (file, reason, what to do) if it cannot be
/// read.
std::string read_file(const std::filesystem::path& path, size_t max_bytes = SIZE_MAX);

}  // namespace intertwiner
