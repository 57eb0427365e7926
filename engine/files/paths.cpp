#include "engine/files/paths.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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
    const fs::path& failed = paths.empty() ? folder : paths.back();
    throw FileError(failed.string() + " cannot be read (" + error.message() + "); check its permissions");
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

int flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 && errno == EACCES) return 0;  // a folder to write to but not to read cannot be flushed
  if (descriptor < 0) return errno;
  // Some file systems cannot flush a folder and say EINVAL; they need not.
  const int error = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  ::close(descriptor);
  return error;
}

void make_folder(const fs::path& folder) {
  std::vector<fs::path> parents;  // folders that get a new entry
  for (fs::path made = folder; !made.empty() && !path_exists(made); made = made.parent_path()) {
    parents.push_back(made.parent_path());
  }
  std::error_code error;
  fs::create_directories(folder, error);
  for (const fs::path& parent : parents) {
    if (!error) error = {flush_folder(parent), std::generic_category()};
  }
  if (error) throw FileError(folder.string() + ": cannot be created (" + error.message() + "); choose another folder");
}

}  // namespace intertwiner
