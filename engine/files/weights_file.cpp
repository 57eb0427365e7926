#include "engine/files/weights_file.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/files/safetensors.h"
#include "engine/files/torch_file.h"
#include "engine/memory/allocator.h"

namespace intertwiner {
namespace {

constexpr size_t kMagicBytes = 32;  ///< enough to know the format

StoredTensors read_torch_file(const std::filesystem::path& path) {
  InputFile file(path);
  const std::shared_ptr<std::byte> bytes = allocate(static_cast<int64_t>(file.size()));
  return parse_torch_file(bytes, file.read(bytes.get(), file.size()), path.string());
}

StoredTensors without_prefix(StoredTensors tensors, std::string_view prefix) {
  const bool is_common = !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix);
  });
  if (!is_common) return tensors;
  StoredTensors result;
  for (auto& [name, tensor] : tensors) result.emplace(name.substr(prefix.size()), std::move(tensor));
  return result;
}

}  // namespace

bool is_saved_by_torch(const std::filesystem::path& path) {
  return is_torch_file(std::string_view(read_file(path, kMagicBytes)));
}

WeightsFile read_weights(const std::filesystem::path& path) {
  WeightsFile file;
  if (is_saved_by_torch(path))
    file.tensors = read_torch_file(path);
  else
    file = read_stored_safetensors(path);
  file.tensors = without_prefix(std::move(file.tensors), "module.");
  return file;
}

}  // namespace intertwiner
