// The operators on maps and boxes of onnx_interpreter.cpp.
#pragma once
#include <functional>
#include <map>

#include "tests/detector/onnx/onnx_arrays.h"
#include "tests/detector/onnx/onnx_reader.h"

namespace intertwiner::tests {

using OnnxOperator = std::function<std::vector<OnnxArray>(const OnnxNode&, const std::vector<OnnxArray>&)>;

/// Conv, BatchNormalization, MaxPool, AveragePool, Pad, Resize, RoiAlign, NonMaxSuppression.
std::map<std::string, OnnxOperator> map_operators();

}  // namespace intertwiner::tests
