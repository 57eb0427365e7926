// Files of named tensors in the safetensors format, which PyTorch, JAX and others read and write too:
//
//   8 bytes      length n of the header, little-endian
//   n bytes      JSON: {"__metadata__": {"format": "pt"},
//                       "conv1.weight": {"dtype": "F32", "shape": [64, 7, 7, 3], "data_offsets": [0, 37632]}, …}
//   the rest     the elements, little-endian, each tensor where its offsets say, no gaps
//
// https://github.com/huggingface/safetensors describes it. We write wide elements first and pad the header with spaces
// to a multiple of 8, so that every tensor is aligned to its element.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/tensor.h"

namespace intertwiner {

/// The content of a file. Names and metadata are UTF-8.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// The tensors share the mapped file (engine/files/mapped_file.h); writing to them does not change it. Throws UserError
/// if the file is missing, truncated, or not in the format. Everything in a file is checked before it is used. Element
/// types are those of DType.
TensorFile read_safetensors(const std::filesystem::path& path);

/// A file's content in memory.
struct TensorBytes {
  std::shared_ptr<std::byte> begin;
  uint64_t size = 0;
};

/// The same for a file in memory, which the tensors share. Messages begin with `name`.
TensorFile read_safetensors(const TensorBytes& file, const std::string& name);

/// Writes the file completely or not at all (engine/files/atomic_file.h). The same tensors and metadata give the same
/// bytes. Throws UserError if the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace intertwiner
