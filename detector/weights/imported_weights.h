// Weights that other programs wrote, taken into a model: ImageNet backbones and detectors of torchvision, backbones of
// timm, and checkpoints of this program for another model.
//
// Names of layers are torchvision's, so a name is found as it is, without "backbone.body.", or in an older spelling.
// The memory order differs (pytorch_layout.h).
#pragma once
#include <string>
#include <vector>

#include "engine/files/stored_tensor.h"
#include "layers/parameters.h"

namespace intertwiner {

/// What became of each tensor.
struct ImportReport {
  struct Left {
    std::string name;
    std::string reason;  ///< both shapes; empty: not in the file
  };
  std::vector<std::string> taken;   ///< of this model
  std::vector<Left> left;           ///< of this model: they stay as they were
  std::vector<std::string> unused;  ///< of the file, without PyTorch's counters of batches
};

/// How the tensors of a file lie in memory.
enum class WeightLayout { ours, pytorch };

/// Copies the tensors that fit into `parameters`, but for buffers that only training needs. Throws UserError, and
/// changes nothing, if a value is not finite, or the file belongs to a detector that this program does not have
/// (torchvision's fasterrcnn_resnet50_fpn_v2). `file` is for messages.
ImportReport import_weights(const StoredTensors& tensors, WeightLayout layout, const Parameters& parameters,
                            const std::string& file);

/// The report in a few lines: how many were taken, and groups of names with their reasons.
std::vector<std::string> report_lines(const ImportReport& report, const std::string& file);

}  // namespace intertwiner
