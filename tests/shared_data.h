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
  const fs::path beside = fs::path(INTERTWINER_SOURCE_ROOT).parent_path() / "shared" / "data" / name;
  return fs::exists(beside, error) ? std::optional(beside) : std::nullopt;
}

}  // namespace intertwiner::tests
