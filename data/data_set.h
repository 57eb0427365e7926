// The interface of a data set: class names, and for each image its annotations and its pixels.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

/// One object in an image.
struct Annotation {
  Box box;        ///< px of the original image
  int label = 0;  ///< 1..C: class_names()[label − 1]; 0 means background and does not occur
  bool ignored =
      false;  ///< COCO's crowd, VOC's difficult: not trained on; evaluation counts it neither as found nor as missed
  double area = 0;  ///< px²: COCO's `area` if the file has it, else the box's area. Evaluation sorts objects by it
};

/// An image's size and annotations, without its pixels. Width and height are in px, after EXIF orientation.
struct ImageRecord {
  std::string name;  ///< for messages: the file's path, or "scene 17"
  int64_t id = 0;    ///< COCO's image id; in other formats the position in the data set, from 1
  int width = 0, height = 0;
  std::vector<Annotation> annotations;
};

/// The objects that a network is trained on: not ignored, and with an area.
std::vector<Annotation> training_annotations(const ImageRecord& record);

class DataSet {
 public:
  virtual ~DataSet() = default;
  /// Names of classes 1..C, in order, without background: printable UTF-8.
  virtual const std::vector<std::string>& class_names() const = 0;
  virtual int64_t size() const = 0;
  /// Several threads may call `record` and `load` at once. A record stays where it is as long as the data set exists.
  virtual const ImageRecord& record(int64_t index) const = 0;
  /// Reads the pixels of an image, as many as the record says. Throws UserError (file, reason, what to do) if it cannot
  /// be read: an evaluation then leaves it out.
  virtual Image load(int64_t index) const = 0;
  /// Ids of classes 1..C in files of results: COCO's category ids; 1..C if the format has no ids.
  virtual const std::vector<int64_t>& category_ids() const = 0;
  /// The files that the data set is read from: images, annotations, lists. No program writes over them.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
};

using DataSetPointer = std::shared_ptr<const DataSet>;

}  // namespace intertwiner
