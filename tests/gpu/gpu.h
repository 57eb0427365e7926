// The machine's GPU, or else the stand-in for one (tests/gpu/stand_in/), for tests that compare it with the CPU.
#pragma once
#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "engine/backend/cuda_module.h"
#include "engine/error.h"
#include "tests/gpu/stand_in/counts.h"

namespace intertwiner::tests {

/// Why the machine's GPU cannot be used; empty if it can.
inline std::string gpu_problem() {
  try {
    usable_cuda();
    return {};
  } catch (const UserError& error) {
    return error.what();
  }
}

/// It serves Device::cuda while this object exists.
class Gpu {
 public:
  /// `real`: whether the machine's GPU may be used; else the stand-in.
  explicit Gpu(const CudaRules& rules = {}, bool real = true) : before_(set_backend(Device::cuda, nullptr)) {
    try {
      if (!real) throw UserError("the stand-in is wanted");
      open_cuda(rules);
      is_real_ = true;
    } catch (const UserError& error) {
      problem_ = error.what();
#ifdef INTERTWINER_STAND_IN
      open_cuda(rules, stand_in_folder());
      problem_.clear();
#endif
    }
  }
  ~Gpu() { set_backend(Device::cuda, before_); }
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  /// Why there is neither; empty if there is one.
  const std::string& problem() const { return problem_; }
  bool is_real() const { return is_real_; }
  /// The folder of the module; empty: where open_cuda looks for it.
  std::filesystem::path folder() const {
#ifdef INTERTWINER_STAND_IN
    if (!is_real_) return stand_in_folder();
#endif
    return {};
  }

#ifdef INTERTWINER_STAND_IN
  /// The folder of the stand-in's module: tests/gpu/stand_in of the build folder of this program, which is in tests/ or
  /// tests/bench/.
  static std::filesystem::path stand_in_folder() {
    const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const auto beside = here / "gpu/stand_in";
    return std::filesystem::exists(beside) ? beside : here.parent_path() / "gpu/stand_in";
  }
  /// What the stand-in did so far.
  static stand_in::Counts counts() {
    stand_in::Counts counts{};
    function<stand_in::CountsFunction>("stand_in_counts")(&counts);
    return counts;
  }
  /// The stand-in's next call of a function of CUDA's runtime fails.
  static void fail(const char* name) { function<stand_in::FailFunction>("stand_in_fail")(name); }

 private:
  template <class Function>
  static Function* function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(find_cuda_module(stand_in_folder()), name));
  }
#endif

 private:
  const Backend* before_;
  std::string problem_;
  bool is_real_ = false;
};

}  // namespace intertwiner::tests
