// The input of both evaluations, COCO's and VOC's: objects and detections with boxes in double precision, as files of
// annotations and results have them. Detections of a model on a data set become this input too.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// A box and its class in an image. Corner, width and height are in px; nothing is checked or clipped.
struct PlacedBox {
  double x = 0, y = 0, width = 0, height = 0;
  int64_t image = 0;  ///< index, 0..images − 1
  int label = 0;      ///< 1..C

  double box_area() const { return width * height; }
};

struct TrueObject : PlacedBox {
  double area = 0;       ///< px², for the ranges of sizes; COCO's files have the area of the outline
  bool ignored = false;  ///< COCO's crowd, VOC's difficult
  int64_t id = 1;        ///< COCO's API takes a detection of the object with id 0 for a miss, so coco_metrics does too
};

struct FoundObject : PlacedBox {
  double score = 0;
};

struct EvaluationInput {
  std::vector<std::string> class_names;  ///< of classes 1..C
  int64_t images = 0;
  std::vector<TrueObject> objects;
  std::vector<FoundObject> detections;  ///< of equal scores in an image the earlier comes first
};

/// Indices of the data set's images by rising id; of equal ids the earlier image comes first.
std::vector<int64_t> images_by_id(const DataSet& data);

/// `detections[i]` is of image `data.record(i)`. Image 0 of the input is image `order[0]` of the data set, and so on.
/// Throws InternalError if `detections` has other images or a score that is not a number, UserError if a label is not a
/// class of `data`.
EvaluationInput evaluation_input(const DataSet& data, const std::vector<ImageDetections>& detections,
                                 const std::vector<int64_t>& order);

/// The objects and detections of one class in one image, in the order of the input.
struct ClassInImage {
  std::span<const TrueObject> objects;
  std::span<const FoundObject> detections;
};

/// An input sorted by class and image.
struct GroupedInput {
  std::vector<TrueObject> objects;
  std::vector<FoundObject> detections;
  /// For each class the images that have an object or a detection of it. Points into the two lists above.
  std::vector<std::vector<ClassInImage>> classes;
};

GroupedInput group_by_class(const EvaluationInput& input);

/// Area that two boxes share.
double shared_area(const PlacedBox& a, const PlacedBox& b);

}  // namespace intertwiner
