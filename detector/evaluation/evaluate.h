// Evaluates a model on a data set: detects on all images and computes COCO's metrics.
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

class Communicator;
class InterNet;

/// An evaluation detects in so many images at once: few, because 1,000 regions per image take much memory.
constexpr int64_t kImagesAtOnce = 2;

struct Evaluation {
  DataSetPointer data;                      ///< the images that could be read
  std::vector<ImageDetections> detections;  ///< of these images, in their order
  CocoMetrics coco;
  std::vector<std::string> unreadable;  ///< why the other images could not be read
};

/// Detects on all images and compares the detections with the objects. Images that cannot be read are left out; throws
/// UserError if that is so for all. Calls `progress` with the number of images done; stops without a result if it
/// returns false. `processes` share the images, and each gets the whole result; if one stops, all stop. Null: this
/// process alone.
std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress = {}, const CocoOptions& options = {},
                                   Communicator* processes = nullptr);

}  // namespace intertwiner
