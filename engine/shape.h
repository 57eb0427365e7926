// The sizes of a tensor's axes, outermost first. Images are N×H×W×C, filters K×R×S×C.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace intertwiner {

using Shape = std::vector<int64_t>;

/// Number of elements: the product of all sizes; 1 for a shape without axes.
inline int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

/// "2×14×14×256", for messages.
inline std::string to_string(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : "×") + std::to_string(size);
  return text;
}

}  // namespace intertwiner
