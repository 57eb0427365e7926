#include "engine/cuda/convolution_case.h"

namespace intertwiner::cuda {

std::string ConvolutionCase::name() const {
  const std::string what = pass == ConvolutionPass::forward         ? "conv2d"
                           : pass == ConvolutionPass::data_gradient ? "conv2d's data gradient"
                                                                    : "conv2d's weight gradient";
  std::string text = what + " of " + std::string(to_string(type)) + " images " + to_string(x) + " with filters " +
                     to_string(w) + ", stride " + std::to_string(geometry.stride) + ", padding " +
                     std::to_string(geometry.padding);
  if (geometry.dilation != 1) text += ", dilation " + std::to_string(geometry.dilation);
  if (tail.residual) text += ", + residual";
  if (tail.shift) text += ", + shift";
  if (tail.relu) text += ", ReLU";
  return text;
}

}  // namespace intertwiner::cuda
