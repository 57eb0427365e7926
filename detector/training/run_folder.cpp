#include "detector/training/run_folder.h"

#include <system_error>

#include "engine/error.h"

namespace intertwiner {
namespace fs = std::filesystem;

RunFolder new_run_folder(const fs::path& path, bool overwrite, bool can_resume) {
  const RunFolder folder{path};
  std::error_code error;
  if (!overwrite && (fs::exists(folder.last(), error) || fs::exists(folder.best(), error))) {
    throw UserError(path.string() + ": holds a run already; choose another --out, " +
                    (can_resume ? "go on with --resume " + path.string() + ", " : "") +
                    "or replace it with --overwrite");
  }
  fs::create_directories(path, error);
  if (error) throw UserError(path.string() + ": cannot be made (" + error.message() + "); choose another --out");
  return folder;
}

RunFolder existing_run_folder(const fs::path& path) {
  const RunFolder folder{path};
  std::error_code error;
  if (!fs::is_directory(path, error))
    throw UserError(path.string() + ": no such folder; --resume wants the --out of a run");
  if (!fs::exists(folder.last(), error)) {
    throw UserError(path.string() + ": has no last.safetensors to go on from; start the run again without --resume");
  }
  return folder;
}

}  // namespace intertwiner
