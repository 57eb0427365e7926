// What a path leads to. The first three functions never throw: they return false for a path that the system refuses (a
// loop of links, a name that is too long, a folder without permission).
#pragma once
#include <filesystem>
#include <vector>

namespace intertwiner {

bool path_exists(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);  ///< a regular file, or a link to one

/// The entries of a folder, sorted; nothing if there is no such folder. Throws UserError if it cannot be read.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);
/// The same with the entries of all subfolders. Links to folders are not followed.
std::vector<std::filesystem::path> list_folder_tree(const std::filesystem::path& folder);

/// Waits until the names in a folder are on the disk. Empty: the current folder. Returns 0, or errno if it fails.
int flush_folder(const std::filesystem::path& folder);
/// Creates the folder and those above it, and flushes their names. Throws UserError if that fails.
void make_folder(const std::filesystem::path& folder);

}  // namespace intertwiner
