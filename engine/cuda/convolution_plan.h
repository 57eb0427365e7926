// How cuDNN computes one of a convolution's three passes: by one of its engines, with settings for the engine's knobs.
//
// cuDNN's heuristics list engines. The plan takes the first one that the rules allow. A plan can also be made without a
// GPU, from a GPU's properties. So any machine can check that cuDNN has engines for a network on that GPU.
#pragma once
#include <algorithm>
#include <memory>
#include <string>

#include "engine/cuda/convolution_case.h"
#include "engine/cuda/descriptor.h"

namespace intertwiner::cuda {

/// The GPU of a plan: that of `handle`, or, if `handle` is null, a GPU with these properties.
struct PlanTarget {
  cudnnHandle_t handle;
  const Descriptor* properties;
  int64_t max_workspace;  ///< bytes
};

/// The workspace that a plan may have on a GPU with this memory: a twentieth, but 1 to 4 GiB. Engines for large batches
/// of float32 need more than 1 GiB.
constexpr int64_t max_workspace(int64_t memory_bytes) {
  return std::clamp(memory_bytes / 20, int64_t{1} << 30, int64_t{4} << 30);
}

/// Addresses of a pass's tensors on the GPU. Null if the case has no such tensor.
struct ConvolutionMemory {
  void *x, *w, *y, *shift, *residual, *workspace;
};

class ConvolutionPlan {
 public:
  /// The plan of the engine `earlier` if it is given and possible, else of the engine that cuDNN recommends. Null if no
  /// engine computes this case within the rules and the workspace.
  static std::unique_ptr<ConvolutionPlan> find(const ConvolutionCase& c, const CudaRules& rules,
                                               const PlanTarget& target, const EngineChoice& earlier = {});

  const EngineChoice& choice() const { return choice_; }
  int64_t workspace_bytes() const { return workspace_bytes_; }
  void run(cudnnHandle_t handle, const ConvolutionMemory& memory) const;

 private:
  ConvolutionPlan(std::string name, Descriptor engine_config, Descriptor plan);

  std::string name_;
  Descriptor config_, plan_;
  EngineChoice choice_;
  int64_t workspace_bytes_;
};

}  // namespace intertwiner::cuda
