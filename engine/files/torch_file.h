// Files that PyTorch's torch.save wrote: a pickle of a state dictionary (names and tensors), and the tensors' elements.
// Read without Python; nothing in the pickle is run (engine/files/pickle.h).
//
// Two layouts: a zip archive (since PyTorch 1.6) with the pickle in NAME/data.pkl and the elements in NAME/data/0, 1,
// …; and the older one, five pickles and then the elements.
//
// https://pytorch.org/docs/stable/notes/serialization.html
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engine/files/stored_tensor.h"

namespace intertwiner {

/// Whether the bytes begin as such a file does.
bool is_torch_file(std::string_view file);

/// The tensors of the state dictionary. It may be the whole object, or a part of it under a usual name: {"model": …,
/// "optimizer": …, "epoch": …}. The tensors point into `file`, of `size` bytes. Throws UserError: `name`, the reason,
/// what to do.
StoredTensors parse_torch_file(const std::shared_ptr<const std::byte>& file, size_t size, const std::string& name);

}  // namespace intertwiner
