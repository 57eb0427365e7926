// How cuDNN computes one of a convolution's three passes: one of its engines, and the settings of the engine's knobs.
//
// The engine is the first one of cuDNN's heuristics that the rules allow. Plans can also be made without a GPU, from a
// GPU's properties: this shows on any machine that cuDNN can compute a network's convolutions on that GPU.
#pragma once
#include <memory>
#include <string>

#include "engine/cuda/convolution_case.h"
#include "engine/cuda/descriptor.h"

namespace intertwiner::cuda {

/// What a plan is made for: the GPU of `handle`, or, where that is null, a GPU of these properties.
struct PlanTarget {
  cudnnHandle_t handle;
  const Descriptor* properties;
};

/// Addresses of a pass's tensors on the GPU; null for those that its case does not have.
struct ConvolutionMemory {
  void *x, *w, *y, *shift, *residual, *workspace;
};

class ConvolutionPlan {
 public:
  /// The plan of an earlier choice where one is given and possible; else the one that cuDNN recommends. Null where no
  /// engine computes this case within the rules and kMaxWorkspace.
  static std::unique_ptr<ConvolutionPlan> find(const ConvolutionCase& c, const CudaRules& rules,
                                               const PlanTarget& target, const EngineChoice& earlier = {});

  const EngineChoice& choice() const { return choice_; }
  int64_t workspace_bytes() const { return workspace_bytes_; }
  void run(cudnnHandle_t handle, const ConvolutionMemory& memory) const;

  static constexpr int64_t kMaxWorkspace = int64_t{1} << 30;

 private:
  ConvolutionPlan(std::string name, Descriptor engine_config, Descriptor plan);

  std::string name_;
  Descriptor config_, plan_;
  EngineChoice choice_;
  int64_t workspace_bytes_;
};

}  // namespace intertwiner::cuda
