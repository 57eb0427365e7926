// Reads ONNX files for tests, from the description of the format and without the code that writes them.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace intertwiner::tests {

struct OnnxAttribute {
  float number = 0;
  int64_t integer = 0;
  std::string text;
  std::vector<int64_t> integers;
};

struct OnnxNode {
  std::string name, op;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, OnnxAttribute> attributes;
};

struct OnnxTensor {
  std::vector<int64_t> shape;
  int64_t type = 0;   ///< TensorProto.DataType
  std::string bytes;  ///< raw_data
};

/// An input or output of the graph. A size of −1 has a name instead.
struct OnnxValue {
  std::string name;
  int64_t type = 0;
  std::vector<int64_t> shape;
};

struct OnnxModel {
  int64_t format = 0, operator_set = 0;
  std::string doc;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;
  std::vector<OnnxValue> inputs, outputs;
};

/// Throws std::runtime_error if the file is not in the format, or has a field that these tests do not expect.
OnnxModel read_onnx(const std::filesystem::path& path);

}  // namespace intertwiner::tests
