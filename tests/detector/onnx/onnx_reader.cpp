#include "tests/detector/onnx/onnx_reader.h"

#include <cstring>
#include <stdexcept>
#include <string_view>

#include "tests/read_text.h"

namespace intertwiner::tests {
namespace {

/// A field of a message: a number (wire types 0 and 5) or bytes.
struct Field {
  uint64_t id = 0, number = 0;
  std::string_view bytes;
};

class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}

  bool next(Field& field) {
    if (left_.empty()) return false;
    const uint64_t key = varint();
    field = {key >> 3, 0, {}};
    switch (key & 7) {
      case 0:
        field.number = varint();
        return true;
      case 2:
        field.bytes = take(varint());
        return true;
      case 5:
        std::memcpy(&field.number, take(4).data(), 4);
        return true;
      default:
        throw std::runtime_error("a field of an unknown kind");
    }
  }

 private:
  std::string_view take(uint64_t count) {
    if (count > left_.size()) throw std::runtime_error("a message ends too early");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a number of more than ten bytes");
  }
  std::string_view left_;
};

/// Calls `read` with each field; it returns false for a field that is not known.
template <class F>
void for_each_field(std::string_view message, const char* what, const F& read) {
  Fields fields(message);
  for (Field field; fields.next(field);)
    if (!read(field)) throw std::runtime_error(std::string(what) + " has a field " + std::to_string(field.id));
}

int64_t integer(const Field& field) { return static_cast<int64_t>(field.number); }

OnnxAttribute read_attribute(std::string_view message, std::string& name) {
  OnnxAttribute result;
  for_each_field(message, "an attribute", [&](const Field& field) {
    const auto bits = static_cast<uint32_t>(field.number);
    if (field.id == 1) name = field.bytes;
    if (field.id == 2) std::memcpy(&result.number, &bits, 4);
    if (field.id == 3) result.integer = integer(field);
    if (field.id == 4) result.text = field.bytes;
    if (field.id == 8) result.integers.push_back(integer(field));
    return field.id <= 4 || field.id == 8 || field.id == 20;
  });
  return result;
}

OnnxNode read_node(std::string_view message) {
  OnnxNode node;
  for_each_field(message, "a node", [&](const Field& field) {
    if (field.id == 1) node.inputs.emplace_back(field.bytes);
    if (field.id == 2) node.outputs.emplace_back(field.bytes);
    if (field.id == 3) node.name = field.bytes;
    if (field.id == 4) node.op = field.bytes;
    if (field.id == 5) {
      std::string name;
      const OnnxAttribute attribute = read_attribute(field.bytes, name);
      node.attributes[name] = attribute;
    }
    return field.id >= 1 && field.id <= 5;
  });
  return node;
}

OnnxTensor read_tensor(std::string_view message, std::string& name) {
  OnnxTensor tensor;
  for_each_field(message, "a tensor", [&](const Field& field) {
    if (field.id == 1) tensor.shape.push_back(integer(field));
    if (field.id == 2) tensor.type = integer(field);
    if (field.id == 8) name = field.bytes;
    if (field.id == 9) tensor.bytes = field.bytes;
    return field.id == 1 || field.id == 2 || field.id == 8 || field.id == 9;
  });
  return tensor;
}

/// The only field of a message, which has this id.
std::string_view only_field(std::string_view message, uint64_t id) {
  Fields fields(message);
  Field field;
  if (!fields.next(field) || field.id != id || fields.next(field)) throw std::runtime_error("not one field");
  return field.bytes;
}

OnnxValue read_value(std::string_view message) {
  OnnxValue value;
  for_each_field(message, "a value", [&](const Field& field) {
    if (field.id == 1) value.name = field.bytes;
    if (field.id != 2) return field.id == 1;
    for_each_field(only_field(field.bytes, 1), "a type", [&](const Field& part) {
      if (part.id == 1) value.type = integer(part);
      if (part.id == 2)
        for_each_field(part.bytes, "a shape", [&](const Field& dimension) {
          for_each_field(dimension.bytes, "a dimension", [&](const Field& size) {
            value.shape.push_back(size.id == 1 ? integer(size) : -1);
            return size.id == 1 || size.id == 2;
          });
          return dimension.id == 1;
        });
      return part.id == 1 || part.id == 2;
    });
    return true;
  });
  return value;
}

void read_graph(std::string_view message, OnnxModel& model) {
  for_each_field(message, "a graph", [&](const Field& field) {
    if (field.id == 1) model.nodes.push_back(read_node(field.bytes));
    if (field.id == 5) {
      std::string name;
      const OnnxTensor tensor = read_tensor(field.bytes, name);
      if (!model.constants.emplace(name, tensor).second) throw std::runtime_error(name + " is there twice");
    }
    if (field.id == 11) model.inputs.push_back(read_value(field.bytes));
    if (field.id == 12) model.outputs.push_back(read_value(field.bytes));
    return field.id == 1 || field.id == 2 || field.id == 5 || field.id == 11 || field.id == 12;
  });
}

}  // namespace

OnnxModel read_onnx(const std::filesystem::path& path) {
  const std::string file = read_text(path);
  OnnxModel model;
  for_each_field(file, "a model", [&](const Field& field) {
    if (field.id == 1) model.format = integer(field);
    if (field.id == 6) model.doc = field.bytes;
    if (field.id == 7) read_graph(field.bytes, model);
    if (field.id == 8)
      for_each_field(field.bytes, "an operator set", [&](const Field& part) {
        if (part.id == 2) model.operator_set = integer(part);
        return part.id == 2 || (part.id == 1 && part.bytes.empty());
      });
    if (field.id == 14) {
      std::string key, value;
      for_each_field(field.bytes, "metadata", [&](const Field& part) {
        (part.id == 1 ? key : value) = part.bytes;
        return part.id == 1 || part.id == 2;
      });
      model.metadata[key] = value;
    }
    return (field.id >= 1 && field.id <= 3) || (field.id >= 6 && field.id <= 8) || field.id == 14;
  });
  return model;
}

}  // namespace intertwiner::tests
