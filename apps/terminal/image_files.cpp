#include "apps/terminal/image_files.h"

#include <glob.h>

#include <algorithm>
#include <set>

#include "data/images/image_io.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_image_file(entry->path())) files.push_back(entry->path());
  }
  if (error) throw UserError(folder.string() + ": cannot be read (" + error.message() + "); check its permissions");
  if (files.empty())
    throw UserError(folder.string() + ": has no images (.jpg, .jpeg, .png or .bmp); give another folder");
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found = {};
  std::vector<std::string> names;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (names.empty()) throw UserError(pattern + ": no such file or folder; check the path");
  return names;
}

}  // namespace

std::vector<fs::path> find_image_files(const std::vector<std::string>& names) {
  std::vector<fs::path> files;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& file) {
    if (seen.insert(file.lexically_normal()).second) files.push_back(file);
  };
  for (const std::string& name : names) {
    // An existing file wins over a pattern of the same name.
    const std::vector<std::string> matches = fs::exists(name) ? std::vector<std::string>{name} : matches_of(name);
    for (const std::string& match : matches) {
      if (!fs::is_directory(match)) {
        add(match);
        continue;
      }
      for (const fs::path& file : images_of_folder(match)) add(file);
    }
  }
  return files;
}

}  // namespace intertwiner
