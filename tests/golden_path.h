// Paths of the reference implementation's results: tests/reference/golden/NAME.
#pragma once
#include <filesystem>
#include <string>

namespace intertwiner::tests {

/// The file's path. Throws InternalError if it is not found.
inline std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(INTERTWINER_SOURCE_ROOT) / "tests" / "reference" / "golden" / name;
}

}  // namespace intertwiner::tests
