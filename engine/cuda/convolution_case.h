// What is asked of cuDNN: one pass of a convolution, by its shapes.
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
  /// Tells it from all others: for messages, and for choices in files.
  std::string name() const;
};

/// One of cuDNN's engines by its number, then types and values of its knobs in turn.
using EngineChoice = std::vector<int64_t>;

/// The module's function `cuda_plan`, for machines without a GPU: which engine would do this case on a GPU of these
/// `properties` (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION), following the choice that is handed in, if any; empty
/// where none would. Gives the bytes of workspace it wants.
extern "C" {
using CudaPlanFunction = int64_t(const ConvolutionCase& c, const CudaRules& rules, const char* properties,
                                 EngineChoice& choice);
}

}  // namespace intertwiner::cuda
