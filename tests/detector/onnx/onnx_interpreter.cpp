#include "tests/detector/onnx/onnx_interpreter.h"

#include <cmath>
#include <cstring>
#include <functional>

#include "tests/detector/onnx/onnx_maps.h"

namespace intertwiner::tests {
namespace {

using Results = std::vector<OnnxArray>;
using Inputs = std::vector<OnnxArray>;
using Operator = std::function<Results(const OnnxNode&, const Inputs&)>;

int64_t integer(const OnnxNode& node, const std::string& name, int64_t usual = 0) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? usual : found->second.integer;
}

OnnxArray array_of(const OnnxTensor& tensor) {
  OnnxArray array{tensor.shape, {}, tensor.type != 1};
  array.values.resize(static_cast<size_t>(product(tensor.shape)));
  require(tensor.type == 1 || tensor.type == 7, "a constant of another type than float32 and int64");
  require(tensor.bytes.size() == array.values.size() * (tensor.type == 1 ? 4 : 8), "a constant of another length");
  for (size_t i = 0; i < array.values.size(); ++i) {
    float number = 0;
    int64_t whole = 0;
    if (tensor.type == 1)
      std::memcpy(&number, &tensor.bytes[4 * i], 4);
    else
      std::memcpy(&whole, &tensor.bytes[8 * i], 8);
    array.values[i] = tensor.type == 1 ? double{number} : static_cast<double>(whole);
  }
  return array;
}

OnnxArray divided(const OnnxArray& a, const OnnxArray& b) {
  return for_each_pair(a, b, [&](double x, double y) { return a.is_integer ? std::trunc(x / y) : x / y; });
}

template <class F>
OnnxArray comparison(const OnnxArray& a, const OnnxArray& b, const F& f) {
  OnnxArray result = for_each_pair(a, b, [&](double x, double y) { return f(x, y) ? 1.0 : 0.0; });
  result.is_integer = true;
  return result;
}

OnnxArray where(const OnnxArray& condition, const OnnxArray& a, const OnnxArray& b) {
  require(a.is_integer == b.is_integer, "Where of two types");
  return built(broadcast(condition.shape, broadcast(a.shape, b.shape)), a.is_integer,
               [&](const Sizes& i) { return at(condition, i) != 0 ? at(a, i) : at(b, i); });
}

OnnxArray cast(const OnnxArray& x, int64_t type) {
  require(type == 1 || type == 7 || type == 11, "Cast to another type");
  OnnxArray result = for_each_element(x, [&](double value) { return type == 7 ? std::trunc(value) : value; });
  result.is_integer = type == 7;
  return result;
}

OnnxArray reshape(const OnnxArray& x, const OnnxArray& shape) {
  OnnxArray result = x;
  result.shape = integers_of(shape);
  int64_t known = 1, *unknown = nullptr;
  for (size_t axis = 0; axis < result.shape.size(); ++axis) {
    int64_t& size = result.shape[axis];
    if (size == 0) size = x.shape.at(axis);
    if (size < 0)
      unknown = &size;
    else
      known *= size;
  }
  if (unknown != nullptr) *unknown = x.size() / known;
  require(product(result.shape) == x.size(), "Reshape to another number of elements");
  return result;
}

OnnxArray transpose(const OnnxArray& x, const Sizes& axes) {
  Sizes shape, from(axes.size());
  for (const int64_t axis : axes) shape.push_back(x.shape.at(static_cast<size_t>(axis)));
  return built(shape, x.is_integer, [&](const Sizes& i) {
    for (size_t axis = 0; axis < axes.size(); ++axis) from[static_cast<size_t>(axes[axis])] = i[axis];
    return at(x, from);
  });
}

OnnxArray concat(const Inputs& inputs, int64_t along) {
  const size_t axis = axis_of(inputs[0], along);
  Sizes shape = inputs[0].shape;
  shape[axis] = 0;
  for (const OnnxArray& input : inputs) {
    Sizes others = input.shape;
    others.at(axis) = shape[axis];
    require(others == shape && input.is_integer == inputs[0].is_integer, "Concat of arrays that do not fit");
    shape[axis] += input.shape[axis];
  }
  return built(shape, inputs[0].is_integer, [&](Sizes i) {
    size_t n = 0;
    for (; i[axis] >= inputs[n].shape[axis]; ++n) i[axis] -= inputs[n].shape[axis];
    return inputs[n].values[static_cast<size_t>(place(inputs[n].shape, i))];
  });
}

OnnxArray gather(const OnnxArray& x, const OnnxArray& indices, int64_t along) {
  const size_t axis = axis_of(x, along), rank = indices.shape.size();
  Sizes shape = x.shape;
  shape.erase(shape.begin() + static_cast<int64_t>(axis));
  shape.insert(shape.begin() + static_cast<int64_t>(axis), indices.shape.begin(), indices.shape.end());
  return built(shape, x.is_integer, [&](const Sizes& i) {
    const auto middle = i.begin() + static_cast<int64_t>(axis), end = middle + static_cast<int64_t>(rank);
    Sizes from(i.begin(), middle);
    from.push_back(static_cast<int64_t>(at(indices, Sizes(middle, end))));
    require(from.back() >= 0 && from.back() < x.shape[axis], "Gather beyond an axis");
    from.insert(from.end(), end, i.end());
    return at(x, from);
  });
}

OnnxArray gather_nd(const OnnxArray& x, const OnnxArray& indices) {
  const auto depth = indices.shape.at(1);
  Sizes shape = {indices.shape[0]};
  shape.insert(shape.end(), x.shape.begin() + depth, x.shape.end());
  return built(shape, x.is_integer, [&](const Sizes& i) {
    Sizes from;
    for (int64_t d = 0; d < depth; ++d) from.push_back(static_cast<int64_t>(at(indices, {i[0], d})));
    from.insert(from.end(), i.begin() + 1, i.end());
    return at(x, from);
  });
}

OnnxArray slice(const OnnxArray& x, int64_t begin, int64_t end, int64_t along) {
  const size_t axis = axis_of(x, along);
  const int64_t size = x.shape[axis];
  const auto limited = [&](int64_t value) { return std::clamp<int64_t>(value < 0 ? value + size : value, 0, size); };
  Sizes shape = x.shape;
  shape[axis] = std::max<int64_t>(limited(end) - limited(begin), 0);
  return built(shape, x.is_integer, [&](Sizes i) {
    i[axis] += limited(begin);
    return at(x, i);
  });
}

OnnxArray reduced(const OnnxArray& x, int64_t along, bool keep, double first,
                  const std::function<double(double, double)>& f) {
  const size_t axis = axis_of(x, along);
  Sizes shape = x.shape;
  shape[axis] = 1;
  OnnxArray result = built(shape, x.is_integer, [&](Sizes i) {
    double total = first;
    for (; i[axis] < x.shape[axis]; ++i[axis]) total = f(total, at(x, i));
    return total;
  });
  if (!keep) result.shape.erase(result.shape.begin() + static_cast<int64_t>(axis));
  return result;
}

OnnxArray softmax(const OnnxArray& x) {
  const OnnxArray greatest = reduced(x, -1, true, -INFINITY, [](double a, double b) { return std::max(a, b); });
  const OnnxArray power = for_each_pair(x, greatest, [](double a, double b) { return std::exp(a - b); });
  return divided(power, reduced(power, -1, true, 0, std::plus<>()));
}

OnnxArray matrix_product(const OnnxArray& a, const OnnxArray& b, bool transpose_b) {
  const int64_t depth = a.shape.at(1);
  Sizes shape = b.shape;
  require(b.shape[transpose_b ? 1 : b.shape.size() - 2] == depth, "matrices do not fit");
  (transpose_b ? shape : shape)[shape.size() - 2] = a.shape[0];
  if (transpose_b) shape = {a.shape[0], b.shape[0]};
  return built(shape, false, [&](const Sizes& i) {
    double sum = 0;
    Sizes from = i;
    for (int64_t k = 0; k < depth; ++k) {
      if (!transpose_b) from[from.size() - 2] = k;
      sum += at(a, {i[i.size() - 2], k}) * (transpose_b ? at(b, {i[1], k}) : at(b, from));
    }
    return sum;
  });
}

Results top_k(const OnnxArray& x, const OnnxArray& count) {
  require(x.shape.size() == 1 && count.size() == 1, "TopK of a list");
  std::vector<int64_t> order(x.values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return x.values[static_cast<size_t>(a)] > x.values[static_cast<size_t>(b)];
  });
  require(integers_of(count)[0] <= x.size(), "TopK of more than there are");
  order.resize(static_cast<size_t>(integers_of(count)[0]));
  const Sizes shape = {static_cast<int64_t>(order.size())};
  return {built(shape, false, [&](const Sizes& i) { return at(x, {order[static_cast<size_t>(i[0])]}); }),
          built(shape, true, [&](const Sizes& i) { return static_cast<double>(order[static_cast<size_t>(i[0])]); })};
}

OnnxArray non_zero(const OnnxArray& x) {
  require(x.shape.size() == 1, "NonZero of a list");
  OnnxArray result{{1, 0}, {}, true};
  for (int64_t i = 0; i < x.size(); ++i)
    if (x.values[static_cast<size_t>(i)] != 0) result.values.push_back(static_cast<double>(i));
  result.shape[1] = result.size();
  return result;
}

OnnxArray scattered(OnnxArray x, const OnnxArray& indices, const OnnxArray& updates) {
  require(x.shape.size() == 1 && indices.shape == updates.shape, "ScatterElements into a list");
  for (int64_t i = 0; i < indices.size(); ++i) x.values.at(static_cast<size_t>(at(indices, {i}))) = at(updates, {i});
  return x;
}

std::map<std::string, Operator> operators() {
  std::map<std::string, Operator> table = map_operators();
  const auto pairwise = [&](const char* name, const std::function<double(double, double)>& f) {
    table[name] = [f](const OnnxNode&, const Inputs& in) { return Results{for_each_pair(in.at(0), in.at(1), f)}; };
  };
  const auto compare = [&](const char* name, const std::function<bool(double, double)>& f) {
    table[name] = [f](const OnnxNode&, const Inputs& in) { return Results{comparison(in.at(0), in.at(1), f)}; };
  };
  const auto single = [&](const char* name, const std::function<double(double)>& f) {
    table[name] = [f](const OnnxNode&, const Inputs& in) { return Results{for_each_element(in.at(0), f)}; };
  };
  const auto simple = [&](const char* name, const std::function<OnnxArray(const OnnxNode&, const Inputs&)>& f) {
    table[name] = [f](const OnnxNode& node, const Inputs& in) { return Results{f(node, in)}; };
  };
  pairwise("Add", std::plus<>());
  pairwise("Sub", std::minus<>());
  pairwise("Mul", std::multiplies<>());
  pairwise("Min", [](double a, double b) { return std::min(a, b); });
  pairwise("Max", [](double a, double b) { return std::max(a, b); });
  pairwise("And", [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; });
  compare("Equal", std::equal_to<>());
  compare("GreaterOrEqual", std::greater_equal<>());
  compare("LessOrEqual", std::less_equal<>());
  single("Abs", [](double x) { return std::abs(x); });
  single("Exp", [](double x) { return std::exp(x); });
  single("Relu", [](double x) { return std::max(x, 0.0); });
  single("Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); });
  single("Identity", [](double x) { return x; });
  simple("Div", [](const OnnxNode&, const Inputs& in) { return divided(in.at(0), in.at(1)); });
  simple("Where", [](const OnnxNode&, const Inputs& in) { return where(in.at(0), in.at(1), in.at(2)); });
  simple("Cast", [](const OnnxNode& node, const Inputs& in) { return cast(in.at(0), integer(node, "to")); });
  simple("Reshape", [](const OnnxNode&, const Inputs& in) { return reshape(in.at(0), in.at(1)); });
  simple("Transpose", [](const OnnxNode& node, const Inputs& in) {
    return transpose(in.at(0), node.attributes.at("perm").integers);
  });
  simple("Concat", [](const OnnxNode& node, const Inputs& in) { return concat(in, integer(node, "axis")); });
  simple("Gather",
         [](const OnnxNode& node, const Inputs& in) { return gather(in.at(0), in.at(1), integer(node, "axis")); });
  simple("GatherND", [](const OnnxNode&, const Inputs& in) { return gather_nd(in.at(0), in.at(1)); });
  simple("Slice", [](const OnnxNode&, const Inputs& in) {
    return slice(in.at(0), integers_of(in.at(1)).at(0), integers_of(in.at(2)).at(0), integers_of(in.at(3)).at(0));
  });
  simple("Shape", [](const OnnxNode&, const Inputs& in) {
    const Sizes& shape = in.at(0).shape;
    return OnnxArray{{static_cast<int64_t>(shape.size())}, {shape.begin(), shape.end()}, true};
  });
  simple("Unsqueeze", [](const OnnxNode&, const Inputs& in) {
    OnnxArray result = in.at(0);
    result.shape.insert(result.shape.begin() + integers_of(in.at(1)).at(0), 1);
    return result;
  });
  simple("Flatten", [](const OnnxNode&, const Inputs& in) {
    OnnxArray result = in.at(0);
    const int64_t rows = result.shape.at(0);
    result.shape = {rows, product({result.shape.begin() + 1, result.shape.end()})};
    return result;
  });
  simple("Expand", [](const OnnxNode&, const Inputs& in) {
    return built(broadcast(in.at(0).shape, integers_of(in.at(1))), in[0].is_integer,
                 [&](const Sizes& i) { return at(in[0], i); });
  });
  simple("Range", [](const OnnxNode&, const Inputs& in) {
    const Sizes first = integers_of(in.at(0)), limit = integers_of(in.at(1)), step = integers_of(in.at(2));
    require(first == Sizes{0} && step == Sizes{1}, "Range from 0 by 1");
    return built(limit, true, [](const Sizes& i) { return static_cast<double>(i[0]); });
  });
  simple("ReduceSum", [](const OnnxNode& node, const Inputs& in) {
    return reduced(in.at(0), integers_of(in.at(1)).at(0), integer(node, "keepdims", 1) != 0, 0, std::plus<>());
  });
  simple("ReduceMin", [](const OnnxNode& node, const Inputs& in) {
    return reduced(in.at(0), node.attributes.at("axes").integers.at(0), integer(node, "keepdims", 1) != 0, INFINITY,
                   [](double a, double b) { return std::min(a, b); });
  });
  simple("Softmax", [](const OnnxNode&, const Inputs& in) { return softmax(in.at(0)); });
  simple("MatMul", [](const OnnxNode&, const Inputs& in) { return matrix_product(in.at(0), in.at(1), false); });
  simple("Gemm", [](const OnnxNode& node, const Inputs& in) {
    require(integer(node, "transB") == 1 && node.attributes.size() == 1, "Gemm with a transposed matrix");
    return for_each_pair(matrix_product(in.at(0), in.at(1), true), in.at(2), std::plus<>());
  });
  simple("NonZero", [](const OnnxNode&, const Inputs& in) { return non_zero(in.at(0)); });
  simple("ScatterElements", [](const OnnxNode&, const Inputs& in) { return scattered(in.at(0), in.at(1), in.at(2)); });
  table["TopK"] = [](const OnnxNode&, const Inputs& in) { return top_k(in.at(0), in.at(1)); };
  table["Split"] = [](const OnnxNode& node, const Inputs& in) {
    const int64_t axis = integer(node, "axis"), parts = static_cast<int64_t>(node.outputs.size());
    const int64_t size = in.at(0).shape.at(static_cast<size_t>(axis)) / parts;
    Results results;
    for (int64_t i = 0; i < parts; ++i) results.push_back(slice(in[0], i * size, (i + 1) * size, axis));
    return results;
  };
  return table;
}

}  // namespace

std::map<std::string, OnnxArray> run_onnx(const OnnxModel& model, const std::map<std::string, OnnxArray>& inputs) {
  const std::map<std::string, Operator> table = operators();
  std::map<std::string, OnnxArray> values = inputs;
  for (const auto& [name, tensor] : model.constants) values[name] = array_of(tensor);
  for (const OnnxNode& node : model.nodes) {
    require(table.contains(node.op), node.op + " is not known");
    Inputs given;
    for (const std::string& name : node.inputs) given.push_back(name.empty() ? OnnxArray{} : values.at(name));
    try {
      const Results results = table.at(node.op)(node, given);
      require(results.size() == node.outputs.size(), "another number of results");
      for (size_t i = 0; i < results.size(); ++i) values[node.outputs[i]] = results[i];
    } catch (const std::exception& error) {
      throw std::runtime_error(node.name + ": " + error.what());
    }
  }
  std::map<std::string, OnnxArray> outputs;
  for (const OnnxValue& output : model.outputs) outputs[output.name] = values.at(output.name);
  return outputs;
}

}  // namespace intertwiner::tests
