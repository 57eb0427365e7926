#include "apps/detection/image_files.h"

#include <glob.h>

#include <set>

#include "data/images/image_io.h"
#include "engine/error.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_of_folder(const fs::path& folder) {
  std::vector<fs::path> files = list_folder(folder);
  std::erase_if(files, [](const fs::path& file) { return !is_image_file(file); });
  if (files.empty())
    throw UserError(folder.string() + ": has no images (.jpg, .jpeg, .png or .bmp); give another folder");
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
    const std::vector<std::string> matches = path_exists(name) ? std::vector<std::string>{name} : matches_of(name);
    for (const std::string& match : matches) {
      if (!is_folder(match)) {
        add(match);
        continue;
      }
      for (const fs::path& file : images_of_folder(match)) add(file);
    }
  }
  return files;
}

}  // namespace intertwiner
