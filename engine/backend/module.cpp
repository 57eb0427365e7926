#include "engine/backend/module.h"

#include <string_view>
#include <vector>

namespace intertwiner {

#ifdef INTERTWINER_STATIC

// A program without a dynamic loader opens no modules.
void* find_module(const Module&, const std::filesystem::path&) { return nullptr; }

#else

namespace {

/// Paths of the module: beside an installed program, or in the build folder of a program in apps/, tests/ or
/// tests/bench/.
std::vector<std::filesystem::path> candidates(const Module& module, const std::filesystem::path& folder) {
  if (!folder.empty()) return {folder / module.file};
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto built = std::filesystem::path(module.build_folder) / module.file;
  return {program / module.file, program / ".." / built, program / "../.." / built};
}

}  // namespace

void* find_module(const Module& module, const std::filesystem::path& folder) {
  for (const auto& path : candidates(module, folder)) {
    if (!std::filesystem::exists(path)) continue;
    void* opened = dlopen(path.c_str(), RTLD_NOW | (module.global_symbols ? RTLD_GLOBAL : RTLD_LOCAL));
    if (!opened)
      throw Unsupported(std::string(module.name) + ": the module cannot be opened (" + dlerror() +
                        "); install what is missing, or " + module.instead);
    auto* const stamp = reinterpret_cast<const char* (*)()>(dlsym(opened, "module_interface"));
    if (!stamp || std::string_view(stamp()) != interface_stamp())
      throw Unsupported(std::string(module.name) + ": " + path.string() +
                        " is of another build than this program; build both again, or " + module.instead);
    return opened;
  }
  return nullptr;
}

#endif

void* open_module(const Module& module, const std::filesystem::path& folder) {
  if (void* opened = find_module(module, folder)) return opened;
  throw Unsupported(std::string(module.name) + ": this program was built without " + module.title + " (no " +
                    module.file + " beside it); configure with " + module.option + " and build again, or " +
                    module.instead);
}

}  // namespace intertwiner
