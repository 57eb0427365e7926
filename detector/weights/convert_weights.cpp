#include "detector/weights/convert_weights.h"

#include "detector/training/checkpoint.h"
#include "detector/weights/pytorch_layout.h"
#include "engine/files/safetensors.h"
#include "engine/files/weights_file.h"

namespace intertwiner {

Conversion convert_weights(const std::filesystem::path& from, const std::filesystem::path& to) {
  const WeightsFile file = read_weights(from);
  TensorFile result{.tensors = {}, .metadata = file.metadata};
  std::string description = "as they were";
  if (!is_checkpoint(file.metadata)) {
    for (const auto& [name, tensor] : file.tensors) result.tensors.emplace(name, copied(tensor));
  } else if (is_in_pytorch_order(file.metadata)) {
    description = "a checkpoint of this program";
    for (const auto& [name, tensor] : file.tensors) {
      const OurView view = in_our_order(tensor, name);
      result.tensors.emplace(name, copied(view.stored).reshape(view.shape));
    }
    result.metadata.erase(kOrderKey);
  } else {
    description = "in PyTorch's memory order";
    for (const auto& [name, tensor] : file.tensors)
      result.tensors.emplace(name, in_pytorch_order(copied(tensor), name));
    result.metadata[kOrderKey] = kPytorchOrder;
  }
  write_safetensors(to, result);
  return {static_cast<int64_t>(result.tensors.size()), description};
}

}  // namespace intertwiner
