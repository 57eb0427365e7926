// Where the answers of the reference implementations lie: tests/reference/golden/NAME.
#pragma once
#include <filesystem>
#include <string>

namespace intertwiner::tests {

/// The file's path. Throws InternalError where it is nowhere to be found.
inline std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(INTERTWINER_SOURCE_ROOT) / "tests" / "reference" / "golden" / name;
}

}  // namespace intertwiner::tests
