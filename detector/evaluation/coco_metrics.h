// COCO's detection metrics for boxes, the same numbers as the COCO API's (Lin et al., "Microsoft COCO", 2014).
//
// In one image and class, detections are taken by falling score, at most 100. Each takes the free object that it
// overlaps most, if by at least the IoU threshold; that is a hit, otherwise a miss. An object is *ignored* if it is a
// crowd or its area lies outside the area range: it is taken only where no other object can be, and then the detection
// counts neither as hit nor as miss, like a detection without object whose own area is outside the range. A crowd can
// be taken many times, and overlaps a detection by intersection / detection's area.
//
// With the detections of all images by falling score, precision after each is made to fall (each value becomes the
// largest from there on) and read off at recalls 0, 0.01, …, 1; the mean of the 101 values is a class's AP at one
// threshold. AP is the mean over thresholds 0.50, 0.55, …, 0.95 and over the classes that have objects; AR likewise, of
// the recall reached.
//
// Example: one object, found by the second of two detections. Precision is 0, then 1/2, at recalls 0, then 1; made to
// fall it is 1/2 everywhere, so AP at that threshold is 0.5.
//
// A number that no object stands behind is −1.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// Objects by area in square pixels (Annotation::area), both ends included: an object of 32² is small and medium.
struct AreaRange {
  std::string name;
  double min = 0, max = std::numeric_limits<double>::infinity();
};

struct CocoOptions {
  /// Ranges to report beside COCO's all, small, medium and large, as {"16 px and more", 16 * 16}.
  std::vector<AreaRange> more_areas;
};

/// The metrics over objects of one area range. AR is at 1, 10 and 100 detections an image and class.
struct AreaMetrics {
  AreaRange area;
  int64_t objects = 0;  ///< neither crowds nor outside the range
  double ap = -1, ap50 = -1, ap75 = -1;
  double ar_1 = -1, ar_10 = -1, ar_100 = -1;
};

/// A class's metrics over objects of all areas.
struct ClassMetrics {
  std::string name;
  int64_t objects = 0;  ///< without crowds
  double ap = -1, ap50 = -1;
};

struct CocoMetrics {
  double ap = -1, ap50 = -1, ap75 = -1;
  double ap_small = -1, ap_medium = -1, ap_large = -1;  ///< areas up to 32², 32² to 96², from 96² on
  double ar_1 = -1, ar_10 = -1, ar_100 = -1;            ///< detections an image and class
  double ar_small = -1, ar_medium = -1, ar_large = -1;  ///< at 100
  std::vector<AreaMetrics> areas;                       ///< all, small, medium, large, then CocoOptions::more_areas
  std::vector<ClassMetrics> classes;                    ///< in the order of DataSet::class_names()
  int64_t images = 0, detections = 0;
};

/// Compares `detections[i]` with `data.record(i)`, for every image of `data`, ties in score by image id. Throws
/// UserError where a label is not one of the data set's classes, InternalError where the lists do not belong to each
/// other.
CocoMetrics coco_metrics(const DataSet& data, const std::vector<ImageDetections>& detections,
                         const CocoOptions& options = {});

}  // namespace intertwiner
