// Every operator with small inputs, to compare a device with the CPU.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/variable.h"

namespace intertwiner::tests {

struct OperatorCase {
  std::string name;
  std::vector<Tensor> inputs;  ///< float64, on the CPU
  /// The operator, of variables on this device.
  std::function<Variable(const std::vector<Variable>& inputs, Device on)> apply;
};
std::vector<OperatorCase> operator_cases();

/// An operator whose maps are rounded to bfloat16 before and after it, and the same operator at full precision on
/// rounded inputs. A tensor with two or more axes is a map.
struct Bfloat16Case {
  OperatorCase rounded, exact;
};
std::vector<Bfloat16Case> bfloat16_cases();

/// The result in this type on this device, and the inputs' gradients for a random dy. Copied to the CPU.
struct Outcome {
  Tensor value;
  std::vector<Tensor> gradients;
};
Outcome outcome_of(const OperatorCase& operation, DType type, Device device);
/// `check_close` of the result and of each gradient.
void check_close(const Outcome& actual, const Outcome& expected, double tolerance, double gradient_tolerance);

}  // namespace intertwiner::tests
