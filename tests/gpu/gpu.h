// The machine's GPU, for tests that compare it with the CPU, or that hold only where there is none.
#pragma once
#include <string>

#include "engine/backend/cuda_module.h"

namespace intertwiner::tests {

/// Lets the GPU serve Device::cuda while it exists, where there is one.
class Gpu {
 public:
  Gpu() : before_(set_backend(Device::cuda, nullptr)) {
    try {
      open_cuda();
    } catch (const UserError& error) {
      problem_ = error.what();
    }
  }
  ~Gpu() { set_backend(Device::cuda, before_); }
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  /// Why there is none; empty where there is.
  const std::string& problem() const { return problem_; }

 private:
  const Backend* before_;
  std::string problem_;
};

}  // namespace intertwiner::tests
