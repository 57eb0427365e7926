// Runs ONNX models for tests, slowly and by the description of the operators alone (docs/Operators.md of github.com/onnx/onnx).
// It knows the operators and options that exported detectors have.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/detector/onnx/onnx_reader.h"

namespace intertwiner::tests {

/// A tensor of any type. Its numbers are exact, and computed in double precision.
struct OnnxArray {
  std::vector<int64_t> shape;
  std::vector<double> values;
  bool is_integer = false;  ///< divisions round towards zero

  int64_t size() const { return static_cast<int64_t>(values.size()); }
};

/// The outputs by name. Throws std::runtime_error for an operator that is not known or does not fit its inputs.
std::map<std::string, OnnxArray> run_onnx(const OnnxModel& model, const std::map<std::string, OnnxArray>& inputs);

}  // namespace intertwiner::tests
