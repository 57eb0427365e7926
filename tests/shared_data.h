// Real images for tests, where there are any: folders helmet, bccd and coco128 in $INTERTWINER_SHARED_DATA, or else in
// ../shared/data beside the repository. A test that finds none calls tests::skip and returns:
//
//   const auto helmet = tests::shared_data("helmet");
//   if (!helmet) return tests::skip("no shared/data/helmet");
#pragma once
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace intertwiner::tests {

inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (const char* folder = std::getenv("INTERTWINER_SHARED_DATA")) {
    const fs::path path = fs::path(folder) / name;
    return fs::exists(path, error) ? std::optional(path) : std::nullopt;
  }
  // The compiler was given this file's name relative to the build folder, which need not be where the test runs; so the
  // folders above the current one are looked at too.
  const fs::path repository = fs::absolute(__FILE__).parent_path().parent_path();
  const fs::path beside = (repository / ".." / "shared" / "data" / name).lexically_normal();
  if (fs::exists(beside, error)) return beside;
  for (fs::path folder = fs::current_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::path path = folder.parent_path() / "shared" / "data" / name;
    if (fs::exists(path, error)) return path;
  }
  return std::nullopt;
}

}  // namespace intertwiner::tests
