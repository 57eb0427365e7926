// Every operator with inputs small enough to be run everywhere: what a device computes is compared with the CPU.
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

/// An operator on maps that are rounded to bfloat16 on the way in and out, and the same in full on inputs that are
/// rounded already. What has two axes or more is a map.
struct Bfloat16Case {
  OperatorCase rounded, exact;
};
std::vector<Bfloat16Case> bfloat16_cases();

/// Its result in this type on this device, and the inputs' gradients where the result's is random; copied to the CPU.
struct Outcome {
  Tensor value;
  std::vector<Tensor> gradients;
};
Outcome outcome_of(const OperatorCase& operation, DType type, Device device);
/// `check_close` of the result, and of each gradient that there is.
void check_close(const Outcome& actual, const Outcome& expected, double tolerance, double gradient_tolerance);

}  // namespace intertwiner::tests
