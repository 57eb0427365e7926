// Runs ONNX models for tests, slowly and by the description of the operators alone (docs/Operators.md of
// github.com/onnx/onnx). It knows the operators and options that exported detectors have.
#pragma once
#include <map>
#include <string>

#include "tests/detector/onnx/onnx_arrays.h"
#include "tests/detector/onnx/onnx_reader.h"

namespace intertwiner::tests {

/// The outputs by name. Throws std::runtime_error for an operator that is not known or does not fit its inputs.
std::map<std::string, OnnxArray> run_onnx(const OnnxModel& model, const std::map<std::string, OnnxArray>& inputs);

}  // namespace intertwiner::tests
