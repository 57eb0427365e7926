// The input of both evaluations: objects and detections, sorted by class and image.
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// The objects and detections of one class in one image. Points into the data set and the detections.
struct ClassInImage {
  std::vector<const Annotation*> objects;
  std::vector<const Detection*> detections;
};

/// Indices of the data set's images by rising id; of equal ids the earlier image comes first.
std::vector<int64_t> images_by_id(const DataSet& data);

/// For every class of `data`, the images that have an object or a detection of it, in the order of the indices `order`.
/// Throws InternalError if `detections[i]` is not of image `data.record(i)`, UserError if a label is not a class of
/// `data`.
std::vector<std::vector<ClassInImage>> group_by_class(const DataSet& data,
                                                      const std::vector<ImageDetections>& detections,
                                                      const std::vector<int64_t>& order);

/// Sorts by falling score; equal scores keep their order.
void sort_by_score(std::vector<const Detection*>& detections);

/// Areas in double precision, so that rounding does not decide whether an IoU reaches a threshold.
double area_of(const Box& box);
double shared_area(const Box& a, const Box& b);

}  // namespace intertwiner
