#include "engine/files/paths.h"

#include <algorithm>
#include <system_error>

#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

template <class Iterator>
std::vector<fs::path> list(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (Iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    paths.push_back(entry->path());
  }
  if (error && path_exists(folder)) {
    throw UserError(folder.string() + " cannot be read (" + error.message() + "); check its permissions");
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

bool path_exists(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

bool is_folder(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

bool is_file(const fs::path& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown);
}

std::vector<fs::path> list_folder(const fs::path& folder) { return list<fs::directory_iterator>(folder); }

std::vector<fs::path> list_folder_tree(const fs::path& folder) {
  return list<fs::recursive_directory_iterator>(folder);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError(folder.string() + ": cannot be created (" + error.message() + "); choose another folder");
}

}  // namespace intertwiner
