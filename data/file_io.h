// Whole files, read at once and written so that a crash or a full disk leaves the old one or the new one, never a half.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace intertwiner {

/// The bytes of a file; the first `at_most` of them if it is longer. Throws UserError (file, reason) if unreadable.
std::string read_file(const std::filesystem::path& path, size_t at_most = SIZE_MAX);

/// Writes to `path` with ".part" after its name, flushes, then renames. Throws UserError (file, reason) and removes the
/// part where that fails, for instance because the folder is missing or the disk is full.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace intertwiner
