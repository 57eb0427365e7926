// What both evaluations start from: the objects and the detections of one class, image by image.
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// One class in one image that has an object or a detection of it. Points into the data set and the detections.
struct ClassInImage {
  std::vector<const Annotation*> objects;
  std::vector<const Detection*> detections;
};

/// Positions of the data set's images by rising id, the earlier first where ids are equal.
std::vector<int64_t> images_by_id(const DataSet& data);

/// For every class of `data`, its images in the order given. `detections[i]` belongs to `data.record(i)`; InternalError
/// where it does not, UserError where a label is not one of the classes.
std::vector<std::vector<ClassInImage>> group_by_class(const DataSet& data,
                                                      const std::vector<ImageDetections>& detections,
                                                      const std::vector<int64_t>& order);

/// By falling score, equal ones in the order they come in.
void sort_by_score(std::vector<const Detection*>& detections);

/// Areas in double precision: IoU decides against a threshold, and should not do so by a rounding error.
double area_of(const Box& box);
double shared_area(const Box& a, const Box& b);

}  // namespace intertwiner
