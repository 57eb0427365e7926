// Measuring a model on a data set: detection on all images, and COCO's metrics of what was found.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"
#include "detector/evaluation/coco_metrics.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

struct Evaluation {
  std::vector<ImageDetections> detections;  ///< of all images, in the data set's order
  CocoMetrics coco;
};

/// Detects on all images and compares with their objects. `progress` is told how many images are done; when it returns
/// false, work stops and there is no result.
std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress = {}, const CocoOptions& options = {});

}  // namespace intertwiner
