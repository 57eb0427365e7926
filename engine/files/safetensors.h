// Files of named tensors in the safetensors format, which PyTorch, JAX and others read and write too:
//
//   8 bytes      length n of the header, little-endian
//   n bytes      JSON: {"__metadata__": {"format": "pt"},
//                       "conv1.weight": {"dtype": "F32", "shape": [64, 7, 7, 3], "data_offsets": [0, 37632]}, …}
//   the rest     the elements, little-endian; data_offsets says where each tensor lies; there are no gaps
//
// https://github.com/huggingface/safetensors describes the format. Files are written with the widest elements first and
// a header padded with spaces to a multiple of 8, so that every tensor is aligned to the size of its elements.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/files/stored_tensor.h"
#include "engine/tensor.h"

namespace intertwiner {

/// The content of a file. Names and metadata are UTF-8.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// The tensors share one buffer. Element types that DType does not have become others that hold their values (copied in
/// engine/files/stored_tensor.h). Throws UserError if the file is missing, cut short, not in the format, or has an
/// element type that is not supported (8 bits of floating point, unsigned integers of more than 8 bits).
TensorFile read_safetensors(const std::filesystem::path& path);

/// The same with the elements as they lie in the file.
WeightsFile read_stored_safetensors(const std::filesystem::path& path);

/// The same for the bytes of a file. Messages begin with `name`.
TensorFile parse_safetensors(std::string_view file, const std::string& name);

/// Writes the file completely or not at all (engine/files/atomic_file.h). The same tensors and metadata give the same
/// bytes. Throws UserError if the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace intertwiner
