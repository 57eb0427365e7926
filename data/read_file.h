// Whole files, read at once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace intertwiner {

/// The bytes of a file; the first `at_most` of them if it is longer. Throws UserError (file, reason) if unreadable.
std::string read_file(const std::filesystem::path& path, size_t at_most = SIZE_MAX);

}  // namespace intertwiner
