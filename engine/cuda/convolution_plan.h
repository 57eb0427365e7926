// How cuDNN does one of a convolution's three passes: an engine of its, and that engine's knobs.
//
// The first engine is taken that cuDNN's heuristics name and that the rules allow. Plans can be made without a GPU, for
// one whose properties are known: so it is known before one is at hand that a network's convolutions can be done there.
#pragma once
#include <memory>
#include <string>

#include "engine/cuda/convolution_case.h"
#include "engine/cuda/descriptor.h"

namespace intertwiner::cuda {

/// What plans are made for: the GPU of a handle, or, where that is null, one of these properties.
struct PlanTarget {
  cudnnHandle_t handle;
  const Descriptor* properties;
};

/// Where a pass's tensors lie on the GPU; what its case does not have is null.
struct ConvolutionMemory {
  void *x, *w, *y, *shift, *residual, *workspace;
};

class ConvolutionPlan {
 public:
  /// That of an earlier choice where it is given and still possible; else what cuDNN recommends. Null where no engine
  /// of cuDNN's does this case within the rules and kMostWorkspace.
  static std::unique_ptr<ConvolutionPlan> find(const ConvolutionCase& c, const CudaRules& rules,
                                               const PlanTarget& target, const EngineChoice& earlier = {});

  const EngineChoice& choice() const { return choice_; }
  int64_t workspace_bytes() const { return workspace_bytes_; }
  void run(cudnnHandle_t handle, const ConvolutionMemory& memory) const;

  static constexpr int64_t kMostWorkspace = int64_t{1} << 30;

 private:
  ConvolutionPlan(std::string name, Descriptor engine_config, Descriptor plan);

  std::string name_;
  Descriptor config_, plan_;
  EngineChoice choice_;
  int64_t workspace_bytes_;
};

}  // namespace intertwiner::cuda
