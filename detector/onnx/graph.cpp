#include "detector/onnx/graph.h"

#include <climits>

#include "engine/error.h"
#include "engine/files/atomic_file.h"

namespace intertwiner::onnx {
namespace {

constexpr int64_t kFormatVersion = 8;  ///< IR_VERSION of operator set 16

// Field numbers of onnx.proto, by message.
namespace model {
enum : uint32_t {
  kVersion = 1,
  kProducer = 2,
  kProducerVersion = 3,
  kDoc = 6,
  kGraph = 7,
  kOperators = 8,
  kMetadata = 14
};
}
namespace operator_set {
enum : uint32_t { kDomain = 1, kVersion = 2 };
}
namespace entry {
enum : uint32_t { kKey = 1, kValue = 2 };
}
namespace graph {
enum : uint32_t { kNode = 1, kName = 2, kInitialiser = 5, kInput = 11, kOutput = 12 };
}
namespace node {
enum : uint32_t { kInput = 1, kOutput = 2, kName = 3, kOperator = 4, kAttribute = 5 };
}
namespace attribute {
enum : uint32_t { kName = 1, kFloat = 2, kInteger = 3, kText = 4, kIntegers = 8, kType = 20 };
enum Type : int64_t { kIsFloat = 1, kIsInteger = 2, kIsText = 3, kIsIntegers = 7 };
}  // namespace attribute
namespace tensor {
enum : uint32_t { kDimension = 1, kType = 2, kName = 8, kElements = 9 };
}
namespace value_info {
enum : uint32_t { kName = 1, kType = 2 };
enum : uint32_t { kTensorType = 1 };               // TypeProto
enum : uint32_t { kElementType = 1, kShape = 2 };  // TypeProto.Tensor
enum : uint32_t { kDimension = 1 };                // TensorShapeProto
enum : uint32_t { kDimensionSize = 1, kDimensionName = 2 };
}  // namespace value_info

ProtobufMessage attribute_message(const std::string& name, const Attribute& value) {
  ProtobufMessage message;
  message.add_bytes(attribute::kName, name);
  attribute::Type type = attribute::kIsInteger;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    message.add_integer(attribute::kInteger, *integer);
  } else if (const auto* number = std::get_if<float>(&value)) {
    message.add_float(attribute::kFloat, *number);
    type = attribute::kIsFloat;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    message.add_bytes(attribute::kText, *text);
    type = attribute::kIsText;
  } else {
    for (const int64_t item : std::get<std::vector<int64_t>>(value)) message.add_integer(attribute::kIntegers, item);
    type = attribute::kIsIntegers;
  }
  message.add_integer(attribute::kType, type);
  return message;
}

ProtobufMessage value_message(const std::string& name, ElementType type, const std::vector<Dimension>& dimensions) {
  ProtobufMessage shape, tensor_type, of_type, message;
  for (const Dimension& dimension : dimensions) {
    ProtobufMessage size;
    if (const auto* known = std::get_if<int64_t>(&dimension))
      size.add_integer(value_info::kDimensionSize, *known);
    else
      size.add_bytes(value_info::kDimensionName, std::get<std::string>(dimension));
    shape.add_message(value_info::kDimension, size);
  }
  tensor_type.add_integer(value_info::kElementType, static_cast<int64_t>(type));
  tensor_type.add_message(value_info::kShape, shape);
  of_type.add_message(value_info::kTensorType, tensor_type);
  message.add_bytes(value_info::kName, name);
  message.add_message(value_info::kType, of_type);
  return message;
}

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.raw()), static_cast<size_t>(tensor.bytes())};
}

/// The model's fields without the graph.
ProtobufMessage model_message(const ModelText& text) {
  ProtobufMessage message, operators;
  message.add_integer(model::kVersion, kFormatVersion);
  message.add_bytes(model::kProducer, "Intertwiner");
  message.add_bytes(model::kProducerVersion, text.producer_version);
  message.add_bytes(model::kDoc, text.doc);
  operators.add_bytes(operator_set::kDomain, "");
  operators.add_integer(operator_set::kVersion, kOperatorSet);
  message.add_message(model::kOperators, operators);
  for (const auto& [key, value] : text.metadata) {
    ProtobufMessage pair;
    pair.add_bytes(entry::kKey, key);
    pair.add_bytes(entry::kValue, value);
    message.add_message(model::kMetadata, pair);
  }
  return message;
}

}  // namespace

Value Graph::input(const std::string& name, ElementType type, const std::vector<Dimension>& dimensions) {
  values_.add_message(graph::kInput, value_message(name, type, dimensions));
  return {this, name};
}

void Graph::output(const std::string& name, const Value& value, ElementType type,
                   const std::vector<Dimension>& dimensions) {
  ProtobufMessage message;
  message.add_bytes(node::kInput, value.name);
  message.add_bytes(node::kOutput, name);
  message.add_bytes(node::kName, name);
  message.add_bytes(node::kOperator, "Identity");
  nodes_.push_back(message);
  values_.add_message(graph::kOutput, value_message(name, type, dimensions));
}

Value Graph::weight(const std::string& name, const Tensor& tensor) {
  if (!weights_.insert(name).second) return {this, name};
  if (tensor.dtype() != DType::float32) throw InternalError("onnx: weights must be float32");
  return store(name, ElementType::float32, tensor.shape(), tensor);
}

Value Graph::integers(const std::vector<int64_t>& values, const Shape& shape) {
  return store_constant(ElementType::int64, Tensor::from(values, shape));
}

Value Graph::floats(const std::vector<float>& values, const Shape& shape) {
  return store_constant(ElementType::float32, Tensor::from(values, shape));
}

Value Graph::store_constant(ElementType type, const Tensor& elements) {
  const std::string content = std::to_string(static_cast<int64_t>(type)) + to_string(elements.shape()) + ":";
  const auto [found, is_new] = names_.try_emplace(content + std::string(bytes_of(elements)));
  if (!is_new) return {this, found->second};
  found->second = "constant_" + std::to_string(names_.size());
  return store(found->second, type, elements.shape(), elements);
}

Value Graph::store(const std::string& name, ElementType type, const Shape& shape, const Tensor& elements) {
  ProtobufMessage header;
  for (const int64_t size : shape) header.add_integer(tensor::kDimension, size);
  header.add_integer(tensor::kType, static_cast<int64_t>(type));
  header.add_bytes(tensor::kName, name);
  header.add_length(tensor::kElements, static_cast<uint64_t>(elements.bytes()));
  constants_.push_back({header, elements});
  return {this, name};
}

Value Graph::node(const std::string& op, const std::vector<Value>& inputs, const Attributes& attributes) {
  return node_with_results(op, inputs, 1, attributes)[0];
}

std::vector<Value> Graph::node_with_results(const std::string& op, const std::vector<Value>& inputs, size_t results,
                                            const Attributes& attributes) {
  const std::string name = section_ + op + "_" + std::to_string(nodes_.size());
  ProtobufMessage message;
  for (const Value& value : inputs) message.add_bytes(node::kInput, value.name);
  std::vector<Value> values;
  for (size_t i = 0; i < results; ++i) {
    values.push_back({this, results == 1 ? name : name + ":" + std::to_string(i)});
    message.add_bytes(node::kOutput, values.back().name);
  }
  message.add_bytes(node::kName, name);
  message.add_bytes(node::kOperator, op);
  for (const auto& [key, value] : attributes) message.add_message(node::kAttribute, attribute_message(key, value));
  nodes_.push_back(message);
  return values;
}

void Graph::write(const std::filesystem::path& path, const ModelText& text) const {
  ProtobufMessage start;  // of the graph
  start.add_bytes(graph::kName, "detector");
  for (const ProtobufMessage& node : nodes_) start.add_message(graph::kNode, node);
  std::string small = start.bytes() + values_.bytes();

  // The constants are written from where they lie. So the lengths of the messages around them are computed first.
  std::vector<ProtobufMessage> before;  // what comes before each constant's elements
  uint64_t length = small.size();
  for (const StoredConstant& constant : constants_) {
    const auto elements = static_cast<uint64_t>(constant.elements.bytes());
    before.emplace_back().add_length(graph::kInitialiser, constant.header.bytes().size() + elements);
    length += before.back().bytes().size() + constant.header.bytes().size() + elements;
  }
  ProtobufMessage model = model_message(text);
  model.add_length(model::kGraph, length);
  if (model.bytes().size() + length > INT32_MAX)
    throw Unsupported(path.string() + ": the model has " + std::to_string(length >> 20) +
                      " MB, but an ONNX file holds less than 2048 MB; lower channels or head-features");

  AtomicFile file(path);
  file.write(model.bytes());
  file.write(small);
  for (size_t i = 0; i < constants_.size(); ++i) {
    file.write(before[i].bytes());
    file.write(constants_[i].header.bytes());
    file.write(constants_[i].elements.raw(), static_cast<size_t>(constants_[i].elements.bytes()));
  }
  file.commit();
}

}  // namespace intertwiner::onnx
