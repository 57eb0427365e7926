#include "detector/training/run_folder.h"

#include <system_error>

#include "engine/error.h"

namespace intertwiner {
namespace fs = std::filesystem;

RunFolder new_run_folder(const fs::path& path, bool overwrite, bool can_resume) {
  const RunFolder folder{path};
  std::error_code error;
  if (!overwrite && (fs::exists(folder.last(), error) || fs::exists(folder.best(), error))) {
    throw UserError(path.string() + ": holds a run already; choose another folder, " +
                    (can_resume ? "resume this run, " : "") + "or overwrite it");
  }
  fs::create_directories(path, error);
  if (error)
    throw UserError(path.string() + ": the folder cannot be created (" + error.message() + "); choose another folder");
  return folder;
}

RunFolder existing_run_folder(const fs::path& path) {
  const RunFolder folder{path};
  std::error_code error;
  if (!fs::is_directory(path, error)) throw UserError(path.string() + ": no such folder; give the folder of a run");
  if (!fs::exists(folder.last(), error)) {
    throw UserError(path.string() + ": has no last.safetensors, so the run cannot continue; start it again");
  }
  return folder;
}

}  // namespace intertwiner
