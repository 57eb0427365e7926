// Detection on pictures: from pixels to boxes in the picture's own coordinates.
#pragma once
#include <vector>

#include "data/images/transform.h"
#include "detector/detections.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

/// The settings' image size, as data/images/transform.h takes it.
InputSize input_size(const InputSettings& settings);

/// Boxes found in each image, best score first, in pixels of the original image.
std::vector<std::vector<Detection>> detect(const InterNet& model, const Settings& settings,
                                           const std::vector<Image>& images);

}  // namespace intertwiner
