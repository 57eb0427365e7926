// Detection: from images to boxes with a class and a score.
#pragma once
#include <vector>

#include "data/images/transform.h"
#include "detector/detections.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

/// The image size of `settings`, in the form that data/images/transform.h takes.
InputSize input_size(const InputSettings& settings);

/// The detections of each image, highest score first, in pixels of the original image. `settings` are the
/// model's; those of detection may be changed. Throws UserError for an image without pixels, TooLittleMemory.
///
/// On the CPU several threads may call this at once with one model, on a GPU one at a time. A thread that finds the
/// thread pool busy computes alone (engine/parallel.h).
std::vector<std::vector<Detection>> detect(const InterNet& model, const Settings& settings,
                                           const std::vector<Image>& images);

}  // namespace intertwiner
