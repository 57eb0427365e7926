// Pascal VOC's average precision (Everingham et al., "The Pascal Visual Object Classes Challenge", 2010, section 4.2).
//
// The detections of a class, by falling score over all images, each belong to the object of their image that they
// overlap most. With an IoU of at least 0.5 a detection is a hit if the object is still free, and a miss if it is
// taken: it never looks for a second-best object, as COCO's rule does. A *difficult* object (Annotation::ignored) makes
// its detections neither, and does not count in the recall. Coordinates are continuous, without the development kit's
// "+1".
//
// AP by all points is the area under precision over recall, precision first made to fall; 2007's rule is the mean of
// the largest precisions at a recall of at least 0, 0.1, …, 1.
//
// Example: 3 objects; a hit, a miss, a hit. Recall and precision are (1/3, 1), (1/3, 1/2), (2/3, 2/3). By all points:
// 1/3 · 1
// + 1/3 · 2/3 = 0.556; by 11 points: four times 1, three times 2/3, four times 0, over 11 = 0.545.
//
// A number that no object stands behind is −1.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

struct VocClassMetrics {
  std::string name;
  int64_t objects = 0;  ///< without difficult ones
  double ap_all_points = -1, ap_11_points = -1;
};

/// Means over the classes that have objects, and each class in the order of DataSet::class_names().
struct VocMetrics {
  double ap_all_points = -1, ap_11_points = -1;
  std::vector<VocClassMetrics> classes;
};

/// Compares `detections[i]` with `data.record(i)`, for every image of `data`; of equal scores the earlier image's
/// counts first. Throws as coco_metrics does.
VocMetrics voc_metrics(const DataSet& data, const std::vector<ImageDetections>& detections);

}  // namespace intertwiner
