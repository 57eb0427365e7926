// A tensor as it lies in a file of weights: any element type, any strides.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// Element types of files, by PyTorch's names.
enum class StoredType { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, boolean };

int64_t size_of(StoredType type);

struct StoredTensor {
  StoredType type = StoredType::float32;
  Shape shape;
  std::vector<int64_t> strides;               ///< elements from one index to the next, for each dimension; may be 0
  std::shared_ptr<const std::byte> elements;  ///< the element at index 0, little-endian, at any address
};

/// The strides of a contiguous tensor.
std::vector<int64_t> contiguous_strides(const Shape& shape);

/// True if every element lies within `count` elements from the first one. False also if a size or stride is negative or
/// the bytes of all elements cannot be counted.
bool fits(const Shape& shape, const std::vector<int64_t>& strides, int64_t count);

/// A contiguous copy. No value is changed: float16 becomes float32; int16 and int8 become int32; boolean becomes uint8.
Tensor copied(const StoredTensor& tensor);

/// A contiguous copy in float32.
Tensor copied_as_float(const StoredTensor& tensor);

using StoredTensors = std::map<std::string, StoredTensor>;

/// The content of a file of weights.
struct WeightsFile {
  StoredTensors tensors;
  std::map<std::string, std::string> metadata;  ///< of a safetensors file
};

}  // namespace intertwiner
