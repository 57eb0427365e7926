#include "detector/training/run_folder.h"

#include "engine/error.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace fs = std::filesystem;

RunFolder new_run_folder(const fs::path& path, const OutputRules& rules, bool can_resume) {
  const RunFolder folder{path};
  if (!rules.overwrite && (path_exists(folder.last()) || path_exists(folder.best()))) {
    throw FileError(path.string() + ": holds a run already; choose another folder, " +
                    (can_resume ? "resume this run, " : "") + "or overwrite it");
  }
  require_writable({folder.last(), folder.best(), folder.log(), folder.results(), folder.settings(),
                    folder.detections(), folder.report()},
                   rules);
  make_folder(path);
  return folder;
}

RunFolder existing_run_folder(const fs::path& path) {
  const RunFolder folder{path};
  if (!is_folder(path)) throw FileError(path.string() + ": no such folder; give the folder of a run");
  if (!path_exists(folder.last())) {
    throw FileError(path.string() + ": has no last.safetensors, so no run was saved in it; give the folder of a run");
  }
  return folder;
}

}  // namespace intertwiner
