// Shapes of convolutions, and a plain loop to compare with.
#pragma once
#include <string>
#include <vector>

#include "engine/backend/geometry.h"
#include "engine/ops/conv2d.h"

namespace intertwiner::tests {

struct ConvolutionCase {
  int64_t n, h, w, c, k, r, s;
  Conv2dGeometry geometry;

  Shape x_shape() const { return {n, h, w, c}; }
  Shape w_shape() const { return {k, r, s, c}; }
  std::string name() const;
  Conv2dOptions options() const;
};

/// Random operands in float64, the convolution and its gradients.
struct ConvolutionReference {
  Tensor x, w, dy, y, dx, dw;

  explicit ConvolutionReference(const ConvolutionCase& z);
};

/// Awkward shapes.
const std::vector<ConvolutionCase>& convolution_cases();

/// Random shapes that the filter fits into.
std::vector<ConvolutionCase> random_convolutions(int64_t count);

/// Checks conv2d and its gradients, of operands of `type`, against the plain loop.
void compare_with_reference(DType type, double tolerance,
                            const std::vector<ConvolutionCase>& cases = convolution_cases());

/// Checks that conv2d and its gradients have the same bits on one thread and on three, in float32.
void check_same_bits_on_threads(const std::vector<ConvolutionCase>& cases);

/// Checks that constant weights (ConstantWeights) give the same bits as others, image after image.
void check_constant_weights();

/// conv2d with a few options at once; v = x, w, bias, residual.
Variable with_everything(const std::vector<Variable>& v, Conv2dOptions o, bool relu);
/// Its operands.
std::vector<Tensor> inputs_of(const ConvolutionCase& z);

}  // namespace intertwiner::tests
