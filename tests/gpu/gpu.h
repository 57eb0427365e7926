// The machine's GPU, for tests that compare it with the CPU, or that need a machine without one.
#pragma once
#include <string>

#include "engine/backend/cuda_module.h"

namespace intertwiner::tests {

/// If the machine has a GPU, it serves Device::cuda while this object exists.
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

  /// Why there is no usable GPU; empty if there is one.
  const std::string& problem() const { return problem_; }

 private:
  const Backend* before_;
  std::string problem_;
};

}  // namespace intertwiner::tests
