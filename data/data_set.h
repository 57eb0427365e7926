// What every data set offers: class names, and for each image its annotations and its pixels.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

/// One object in an image.
struct Annotation {
  Box box;               ///< pixels of the original image
  int label = 0;         ///< 1..C: index into class_names() plus one; 0 is background and never stands here
  bool ignored = false;  ///< COCO's crowd, VOC's difficult: left out of training, neither right nor wrong in evaluation
  double area = 0;       ///< square pixels, as the file says (COCO's `area`), else the box's
};

/// What is known of an image without reading its pixels. `width` and `height` are those after EXIF orientation.
struct ImageRecord {
  std::string name;  ///< how a message names it: path of the file, or "scene 17"
  int64_t id = 0;    ///< COCO's image id; for other formats the position in the data set, from 1
  int width = 0, height = 0;
  std::vector<Annotation> annotations;
};

class DataSet {
 public:
  virtual ~DataSet() = default;
  /// Names of classes 1..C, in order; background is not among them.
  virtual const std::vector<std::string>& class_names() const = 0;
  virtual int64_t size() const = 0;
  virtual const ImageRecord& record(int64_t index) const = 0;
  /// The pixels of an image. Called from several threads. Throws UserError (file, reason, what to do) if unreadable.
  virtual Image load(int64_t index) const = 0;
  /// Ids that results files use for classes 1..C: COCO's category ids; 1..C where the format has none.
  virtual const std::vector<int64_t>& category_ids() const = 0;
};

using DataSetPointer = std::shared_ptr<const DataSet>;

}  // namespace intertwiner
