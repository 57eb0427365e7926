// One pass of a convolution, by its shapes, as cuDNN is asked for it.
#pragma once
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/backend/cuda_module.h"

namespace intertwiner::cuda {

enum class ConvolutionPass { forward, data_gradient, weight_gradient };

/// What is done to each sum of the forward pass, in this order.
struct ConvolutionTail {
  bool residual = false, shift = false, relu = false;
};

/// A convolution of images N×H×W×C with filters K×R×S×C, channels last.
struct ConvolutionCase {
  ConvolutionPass pass;
  DType type;  ///< of all tensors, float32 or bfloat16; sums are float32
  Shape x, w;
  Conv2dGeometry geometry;
  ConvolutionTail tail = {};  ///< forward only

  Shape y() const {
    return {x[0], conv2d_output_size(x[1], w[1], geometry), conv2d_output_size(x[2], w[2], geometry), w[0]};
  }
  /// A name that no other case has, for messages and for the choices in checkpoints.
  std::string name() const;
};

/// The number of one of cuDNN's engines, then the type and value of each of its knobs.
using EngineChoice = std::vector<int64_t>;

/// The module's function `cuda_plan`, for machines without a GPU. It sets `choice` to the engine that would compute
/// this case on a GPU of these `properties` (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION), or empties it where there is
/// none. A possible engine that is handed in is used. Returns the bytes of workspace.
extern "C" {
using CudaPlanFunction = int64_t(const ConvolutionCase& c, const CudaRules& rules, const char* properties,
                                 EngineChoice& choice);
}

}  // namespace intertwiner::cuda
