// Files of weights that other programs wrote: safetensors, and torch.save's .pth or .pt.
#pragma once
#include <filesystem>

#include "engine/files/stored_tensor.h"

namespace intertwiner {

/// Whether a file begins as torch.save's do. Throws UserError if it cannot be read.
bool is_saved_by_torch(const std::filesystem::path& path);

/// Reads a file, whatever its name ends with. A prefix "module." that all names have is removed: PyTorch adds
/// it when a model is trained on several GPUs. Throws UserError if the file is missing, of another format, or damaged.
WeightsFile read_weights(const std::filesystem::path& path);

}  // namespace intertwiner
