// COCO's detection metrics for boxes (Lin et al., "Microsoft COCO", 2014), equal to the COCO API's.
//
// Matching, in one image and class: detections are handled by falling score, at most 100. Each is matched to the free
// object with the highest IoU, if that IoU is at least the threshold. A matched detection is a hit, another is a miss.
// An object is *ignored* if it is a crowd or its area is outside the area range. A detection is matched to an ignored
// object only if no other object fits, and is then neither hit nor miss. A detection without object is neither if its
// own area is outside the range. A crowd can be matched many times; its IoU is intersection / area of the detection.
//
// AP of a class at one threshold: sort the detections of all images by falling score and compute precision and recall
// after each. Replace each precision by the maximum from there on. AP is the mean precision at recalls 0, 0.01, …, 1.
// AP without a threshold is the mean over thresholds 0.50, 0.55, …, 0.95 and over the classes that have objects. AR is
// the same mean of the final recall.
//
// Example: one object, found by the second of two detections. Precision is 0, then 1/2; recall is 0, then 1. The
// replaced precision is 1/2 everywhere, so AP at that threshold is 0.5.
//
// A metric without any object is −1.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"
#include "detector/evaluation/evaluation_input.h"

namespace intertwiner {

/// A range of object areas (Annotation::area) in px², both ends included: an object of 32² is small and medium.
struct AreaRange {
  std::string name;
  double min = 0, max = std::numeric_limits<double>::infinity();
};

struct CocoOptions {
  /// Ranges to report besides COCO's all, small, medium and large, for example {"16 px and more", 16 * 16}.
  std::vector<AreaRange> more_areas;
};

/// The metrics of one area range. AR is at a maximum of 1, 10 and 100 detections per image and class.
struct AreaMetrics {
  AreaRange area;
  int64_t objects = 0;  ///< objects that are not ignored
  double ap = -1, ap50 = -1, ap75 = -1;
  double ar_1 = -1, ar_10 = -1, ar_100 = -1;
};

/// One class's metrics over all areas.
struct ClassMetrics {
  std::string name;
  int64_t objects = 0;  ///< without crowds
  double ap = -1, ap50 = -1;
};

struct CocoMetrics {
  double ap = -1, ap50 = -1, ap75 = -1;
  double ap_small = -1, ap_medium = -1, ap_large = -1;  ///< areas up to 32², 32² to 96², from 96² on
  double ar_1 = -1, ar_10 = -1, ar_100 = -1;            ///< at 1, 10, 100 detections per image and class
  double ar_small = -1, ar_medium = -1, ar_large = -1;  ///< at 100 detections
  std::vector<AreaMetrics> areas;                       ///< all, small, medium, large, then CocoOptions::more_areas
  std::vector<ClassMetrics> classes;                    ///< in the order of DataSet::class_names()
  int64_t images = 0, detections = 0;
};

/// Compares detections with objects. Equal scores are sorted by image.
CocoMetrics coco_metrics(const EvaluationInput& input, const CocoOptions& options = {});

/// Compares `detections[i]` with `data.record(i)` for every image of `data`. Equal scores are sorted by image id.
/// Throws UserError if a label is not one of the data set's classes, InternalError if `detections` and `data` have
/// other images.
CocoMetrics coco_metrics(const DataSet& data, const std::vector<ImageDetections>& detections,
                         const CocoOptions& options = {});

}  // namespace intertwiner
