// Arrays for onnx_interpreter.h, and arithmetic on them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner::tests {

/// A tensor of any type. Its numbers are exact, and computed in double precision.
struct OnnxArray {
  std::vector<int64_t> shape;
  std::vector<double> values;
  bool is_integer = false;  ///< divisions round towards zero

  int64_t size() const { return static_cast<int64_t>(values.size()); }
};

using Sizes = std::vector<int64_t>;

inline int64_t product(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
}

inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// The place of an index in an array; axes of size 1 and missing first axes are repeated.
inline int64_t place(const Sizes& shape, const Sizes& index) {
  int64_t at = 0;
  const size_t skipped = index.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    at = at * shape[axis] + (shape[axis] == 1 ? 0 : index[skipped + axis]);
  return at;
}

/// An array whose element at each index is f(index).
template <class F>
OnnxArray built(const Sizes& shape, bool is_integer, const F& f) {
  OnnxArray result{shape, std::vector<double>(static_cast<size_t>(product(shape))), is_integer};
  Sizes index(shape.size(), 0);
  for (double& value : result.values) {
    value = f(std::as_const(index));
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

inline double at(const OnnxArray& x, const Sizes& index) {
  return x.values[static_cast<size_t>(place(x.shape, index))];
}

/// The shape that both broadcast to.
inline Sizes broadcast(const Sizes& a, const Sizes& b) {
  Sizes shape(std::max(a.size(), b.size()), 1);
  for (const Sizes& sizes : {a, b})
    for (size_t i = 0; i < sizes.size(); ++i) {
      int64_t& size = shape[shape.size() - sizes.size() + i];
      require(size == 1 || sizes[i] == 1 || size == sizes[i], "shapes do not broadcast");
      if (sizes[i] != 1) size = sizes[i];
    }
  return shape;
}

template <class F>
OnnxArray for_each_pair(const OnnxArray& a, const OnnxArray& b, const F& f) {
  require(a.is_integer == b.is_integer, "arithmetic on two types");
  return built(broadcast(a.shape, b.shape), a.is_integer, [&](const Sizes& i) { return f(at(a, i), at(b, i)); });
}

template <class F>
OnnxArray for_each_element(OnnxArray x, const F& f) {
  for (double& value : x.values) value = f(value);
  return x;
}

inline Sizes integers_of(const OnnxArray& x) {
  require(x.is_integer, "integers are needed");
  return {x.values.begin(), x.values.end()};
}

/// An axis, also counted from the last one, as a position.
inline size_t axis_of(const OnnxArray& x, int64_t axis) {
  const auto rank = static_cast<int64_t>(x.shape.size());
  require(axis >= -rank && axis < rank, "no such axis");
  return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

}  // namespace intertwiner::tests
