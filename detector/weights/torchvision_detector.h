// torchvision's detector fasterrcnn_resnet50_fpn, from a file of its weights alone.
#pragma once
#include <filesystem>

#include "detector/loaded_model.h"
#include "detector/model/placement.h"

namespace intertwiner {

/// The model with the settings of preset torchvision-frcnn-r50. The number of classes is that of the weights. The
/// classes of 91 (with background) are COCO's; others are "class 1", "class 2", …, as the file has no names.
///
/// Weights for COCO without counters of batches are those that torchvision publishes. They were trained with an eps of
/// 0 in batch norm (backbone-norm-eps). All others get 1e-5. A model that was fine-tuned from them for
/// other classes keeps 0 in torchvision, which its file does not tell; its scores then differ a little here.
///
/// Throws UserError if the file is no file of weights, or not of this detector.
LoadedModel load_torchvision_detector(const std::filesystem::path& path, const Placement& where);

}  // namespace intertwiner
