// Measuring a model on a data set, for the programs that do so.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"
#include "detector/evaluation/coco_metrics.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

struct Evaluation {
  std::vector<ImageDetections> detections;
  CocoMetrics coco;
};

/// Detects on all images and compares with their objects. `progress` is told how many images are done; when it answers
/// false, work stops and there is no result.
std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress = {}, const CocoOptions& options = {});

/// `start`, "AP 0.312, AP50 …", and each class's AP in lines of their own.
std::string evaluation_lines(const std::string& start, const CocoMetrics& metrics);

}  // namespace intertwiner
