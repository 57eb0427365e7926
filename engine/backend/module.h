// Modules: parts of the engine in shared libraries of their own, opened while the program runs. So a program needs the
// libraries of others that a module uses (CUDA, MPI, NCCL) only if it is asked to use the module.
//
// A module and the program share the types of tensors, and both must be of one build: each module exports a function
// `module_interface`, whose text must be the program's own. Exceptions of a module are found by the names of their
// types.
#pragma once
#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "engine/error.h"

namespace intertwiner {

/// Where a module is, and the words of its messages.
struct Module {
  const char* name;             ///< begins each message: "cuda"
  const char* file;             ///< its shared library
  const char* build_folder;     ///< the folder of the file in a build folder
  const char* title;            ///< "the GPU module"
  const char* option;           ///< of Meson, which builds it: "-Dcuda=enabled"
  const char* instead;          ///< what else the user can do: "compute on the CPU"
  bool global_symbols = false;  ///< its libraries open plugins that look for the libraries' symbols
};

/// Depends on the compiler and on the headers that modules share with programs (interface_stamp.py).
const char* interface_stamp();

/// Opens the module in `folder`; if that is empty, beside the program or in the program's build folder. Null if it was
/// not built. Throws UserError if it cannot be opened, as when a library is missing, or if it is of another build.
void* find_module(const Module& module, const std::filesystem::path& folder = {});

/// The same, but throws UserError if it was not built.
void* open_module(const Module& module, const std::filesystem::path& folder = {});

/// A function of an opened module. Throws UserError if there is none.
template <class Function>
Function* module_function(const Module& module, void* opened, const char* function) {
  void* found = dlsym(opened, function);
  if (!found)
    throw Unsupported(std::string(module.name) + ": " + module.file + " has no function " + function +
                      "; build it again");
  return reinterpret_cast<Function*>(found);
}

}  // namespace intertwiner
