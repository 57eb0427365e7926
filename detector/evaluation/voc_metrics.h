// Pascal VOC's average precision (Everingham et al., "The Pascal Visual Object Classes Challenge", 2010, section 4.2).
//
// Matching: the detections of a class in all images are handled by falling score. Each is compared with the object of
// its image that it overlaps most. It is a hit if the IoU is at least 0.5 and the object is still free, otherwise a
// miss. Unlike COCO's rule, it is never matched to its second-best object. A detection of a *difficult* object
// (Annotation::ignored) is neither hit nor miss, and the object does not count in the recall. Coordinates are
// continuous, without the "+1" of VOC's development kit.
//
// Each precision is replaced by the maximum from there on. AP by all points is the area under precision over recall. AP
// by 11 points, the rule of 2007, is the mean precision at recalls 0, 0.1, …, 1.
//
// Example: 3 objects; a hit, a miss, a hit. Recall and precision are (1/3, 1), (1/3, 1/2), (2/3, 2/3). AP by all points
// is 1/3 · 1 + 1/3 · 2/3 = 0.556. AP by 11 points is (4 · 1 + 3 · 2/3 + 4 · 0) / 11 = 0.545.
//
// A metric without any object is −1.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"
#include "detector/evaluation/evaluation_input.h"

namespace intertwiner {

struct VocClassMetrics {
  std::string name;
  int64_t objects = 0;  ///< without difficult objects
  double ap_all_points = -1, ap_11_points = -1;
};

/// Means over the classes that have objects, and each class's metrics in the order of DataSet::class_names().
struct VocMetrics {
  double ap_all_points = -1, ap_11_points = -1;
  std::vector<VocClassMetrics> classes;
};

/// Compares detections with objects. Of equal scores the earlier image comes first.
VocMetrics voc_metrics(const EvaluationInput& input);

/// Compares `detections[i]` with `data.record(i)` for every image of `data`. Of equal scores the earlier image comes
/// first. Throws like coco_metrics.
VocMetrics voc_metrics(const DataSet& data, const std::vector<ImageDetections>& detections);

}  // namespace intertwiner
