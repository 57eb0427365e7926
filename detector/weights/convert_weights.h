// Conversion of files of weights: a checkpoint to PyTorch's memory order and back, or a file of PyTorch to safetensors.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace intertwiner {

/// What was written.
struct Conversion {
  int64_t tensors = 0;
  std::string description;  ///< "in PyTorch's memory order"
};

/// Reads `from` and writes `to`, which is always a safetensors file:
///   - a checkpoint becomes one in PyTorch's memory order, with the same metadata;
///   - such a file becomes the checkpoint that it was, with the same bits;
///   - any other file of weights keeps its names and its order.
/// Throws UserError if `from` cannot be read or `to` cannot be written.
Conversion convert_weights(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace intertwiner
