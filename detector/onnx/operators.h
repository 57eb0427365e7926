// ONNX operators as functions on values, so that a graph reads like a computation.
//
// Arithmetic broadcasts. A number in it becomes a constant, int64 or float32, and must have the other value's type.
#pragma once
#include <utility>
#include <vector>

#include "detector/onnx/graph.h"

namespace intertwiner::onnx {

inline Value operator+(const Value& a, const Value& b) { return a.graph->node("Add", {a, b}); }
inline Value operator-(const Value& a, const Value& b) { return a.graph->node("Sub", {a, b}); }
inline Value operator*(const Value& a, const Value& b) { return a.graph->node("Mul", {a, b}); }
/// The division of integers rounds towards zero.
inline Value operator/(const Value& a, const Value& b) { return a.graph->node("Div", {a, b}); }
inline Value min(const Value& a, const Value& b) { return a.graph->node("Min", {a, b}); }
inline Value max(const Value& a, const Value& b) { return a.graph->node("Max", {a, b}); }

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

template <Number T>
Value operator+(const Value& a, T b) {
  return a + a.graph->scalar(b);
}
template <Number T>
Value operator-(const Value& a, T b) {
  return a - a.graph->scalar(b);
}
template <Number T>
Value operator-(T a, const Value& b) {
  return b.graph->scalar(a) - b;
}
template <Number T>
Value operator*(const Value& a, T b) {
  return a * a.graph->scalar(b);
}
template <Number T>
Value operator/(const Value& a, T b) {
  return a / a.graph->scalar(b);
}
template <Number T>
Value min(const Value& a, T b) {
  return min(a, a.graph->scalar(b));
}
template <Number T>
Value max(const Value& a, T b) {
  return max(a, a.graph->scalar(b));
}

inline Value cast(const Value& x, ElementType type) {
  return x.graph->node("Cast", {x}, {{"to", static_cast<int64_t>(type)}});
}
inline Value relu(const Value& x) { return x.graph->node("Relu", {x}); }

/// The size of an axis, without axes of its own.
inline Value size_of_axis(const Value& x, int64_t axis) {
  const Value sizes = x.graph->node("Shape", {x});
  return x.graph->node("Gather", {sizes, x.graph->scalar(axis)});
}
/// `x` with the sizes `shape`; one may be −1.
inline Value reshape(const Value& x, const std::vector<int64_t>& shape) {
  return x.graph->node("Reshape", {x, x.graph->integers(shape)});
}
/// A value without axes as a list of one element.
inline Value as_list(const Value& x) { return reshape(x, {1}); }
inline Value transpose(const Value& x, const std::vector<int64_t>& axes) {
  return x.graph->node("Transpose", {x}, {{"perm", axes}});
}
inline Value concat(const std::vector<Value>& values, int64_t axis) {
  return values.front().graph->node("Concat", values, {{"axis", axis}});
}
inline Value gather(const Value& x, const Value& indices, int64_t axis = 0) {
  return x.graph->node("Gather", {x, indices}, {{"axis", axis}});
}
/// Elements [begin, end) of an axis.
inline Value slice(const Value& x, int64_t begin, int64_t end, int64_t axis) {
  Graph& graph = *x.graph;
  return graph.node("Slice", {x, graph.integers({begin}), graph.integers({end}), graph.integers({axis})});
}
/// 0, 1, …, count − 1.
inline Value range(const Value& count) {
  return count.graph->node("Range", {count.graph->scalar(0), count, count.graph->scalar(1)});
}
inline Value where(const Value& condition, const Value& a, const Value& b) {
  return a.graph->node("Where", {condition, a, b});
}

/// The `count` greatest elements of a list and their indices, greatest first; all of a shorter list. Among equal ones,
/// the first comes first.
inline std::pair<Value, Value> top_k(const Value& list, int64_t count) {
  const Value k = as_list(min(size_of_axis(list, 0), count));
  const std::vector<Value> found = list.graph->node_with_results("TopK", {list, k}, 2, {{"axis", int64_t{0}}});
  return {found[0], found[1]};
}

}  // namespace intertwiner::onnx
