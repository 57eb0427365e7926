// Copies of the built programs, with the module of an emulated GPU beside them (tests/gpu/emulated_module.cpp). They
// run as on a machine with a GPU.
//
//   const ProgramsWithGpu with_gpu;
//   run(with_gpu("train"), {"--device", "cuda", …});
#pragma once
#include <filesystem>
#include <string>

#include "engine/backend/cuda_module.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

class ProgramsWithGpu {
 public:
  ProgramsWithGpu() { std::filesystem::copy_file(INTERTWINER_EMULATED_MODULE, folder_ / kCudaModule); }

  /// The copy's path, for `run`.
  std::string operator()(const std::filesystem::path& program) const {
    const std::filesystem::path copy = folder_ / program.filename().string();
    if (!std::filesystem::exists(copy)) std::filesystem::copy_file(INTERTWINER_PROGRAMS / program, copy);
    return copy.string();
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace intertwiner::tests
