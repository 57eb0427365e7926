// Detection on pictures: from pixels to boxes in the picture's own coordinates.
#pragma once
#include <functional>
#include <vector>

#include "data/data_set.h"
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

/// Detects on every image of a data set, `batch` at a time; `progress` is told how many images are done.
std::vector<ImageDetections> detect_all(const InterNet& model, const Settings& settings, DataSetPointer data,
                                        int64_t batch, const std::function<void(int64_t)>& progress = {});

}  // namespace intertwiner
