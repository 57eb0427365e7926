// Where the answers of the reference implementations lie: tests/reference/golden/NAME.
#pragma once
#include <filesystem>
#include <string>

#include "engine/error.h"

namespace intertwiner::tests {

/// The file's path. Throws InternalError where it is nowhere to be found.
inline std::filesystem::path golden_path(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  // The compiler was given this file's name relative to the build folder, which need not be where the test runs; so the
  // folders from the current one upwards are looked at too.
  const fs::path beside = fs::absolute(__FILE__).parent_path() / "reference" / "golden" / name;
  if (fs::exists(beside, error)) return beside.lexically_normal();
  for (fs::path folder = fs::current_path();; folder = folder.parent_path()) {
    const fs::path path = folder / "tests" / "reference" / "golden" / name;
    if (fs::exists(path, error)) return path;
    if (!folder.has_relative_path()) throw InternalError("no tests/reference/golden/" + name);
  }
}

}  // namespace intertwiner::tests
