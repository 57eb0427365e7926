// A graph of ONNX operators, built node by node, and the file that holds it.
//
//   Graph graph;
//   const Value x = graph.input("x", ElementType::float32, {"N", 3});
//   const Value y = graph.node("Relu", {x * 2.0f + graph.weight("shift", shift)});
//   graph.output("y", y, ElementType::float32, {"N", 3});
//   graph.write("model.onnx", {.doc = "…"});
//
// https://github.com/onnx/onnx describes the operators (docs/Operators.md) and the file (onnx/onnx.proto).
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/files/protobuf.h"
#include "engine/tensor.h"

namespace intertwiner::onnx {

/// The version of the operators: the lowest that has RoiAlign with half-pixel offsets.
constexpr int64_t kOperatorSet = 16;

/// TensorProto.DataType.
enum class ElementType : int64_t { float32 = 1, uint8 = 2, int64 = 7, float64 = 11 };

class Graph;

/// A tensor of a graph: an input, a constant, or the result of a node.
struct Value {
  Graph* graph = nullptr;
  std::string name = {};
};

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;
/// A size that is known, or the name of one that is not.
using Dimension = std::variant<int64_t, std::string>;

/// Texts of a model's file.
struct ModelText {
  std::string producer_version, doc;
  std::map<std::string, std::string> metadata = {};
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// The names of the nodes that follow begin with `name`.
  void begin_section(const std::string& name) { section_ = name + "/"; }

  Value input(const std::string& name, ElementType type, const std::vector<Dimension>& dimensions);
  void output(const std::string& name, const Value& value, ElementType type, const std::vector<Dimension>& dimensions);

  /// A tensor of float32 that keeps its name; asked for again, it is the same one.
  Value weight(const std::string& name, const Tensor& tensor);
  /// Equal constants are stored once. Without a shape, there is one axis.
  Value integers(const std::vector<int64_t>& values, const Shape& shape = {-1});
  Value floats(const std::vector<float>& values, const Shape& shape = {-1});
  /// A constant without axes, int64 or float32.
  template <std::integral T>
  Value scalar(T value) {
    return integers({static_cast<int64_t>(value)}, {});
  }
  template <std::floating_point T>
  Value scalar(T value) {
    return floats({static_cast<float>(value)}, {});
  }

  /// A node with one result.
  Value node(const std::string& op, const std::vector<Value>& inputs, const Attributes& attributes = {});
  /// A node with several results. An optional input that is left out is a Value without name.
  std::vector<Value> node_with_results(const std::string& op, const std::vector<Value>& inputs, size_t results,
                                       const Attributes& attributes = {});

  int64_t node_count() const { return static_cast<int64_t>(nodes_.size()); }

  /// Writes the file completely or not at all (engine/files/atomic_file.h). Throws UserError if it cannot be written or
  /// would have 2 GB or more, which the format cannot hold.
  void write(const std::filesystem::path& path, const ModelText& text) const;

 private:
  struct StoredConstant {
    ProtobufMessage header;  ///< the fields before the elements
    Tensor elements;
  };
  Value store(const std::string& name, ElementType type, const Shape& shape, const Tensor& elements);
  Value store_constant(ElementType type, const Tensor& elements);

  std::string section_;
  ProtobufMessage values_;  // inputs and outputs
  std::vector<ProtobufMessage> nodes_;
  std::vector<StoredConstant> constants_;
  std::set<std::string> weights_;
  std::map<std::string, std::string> names_;  // of small constants, by type, shape and elements
};

}  // namespace intertwiner::onnx
