// A data set for tests of evaluation: images with objects, without pixels.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/data_set.h"
#include "engine/error.h"

namespace intertwiner::tests {

class KnownObjects : public DataSet {
 public:
  KnownObjects(std::vector<std::string> class_names, std::vector<ImageRecord> records,
               std::vector<int64_t> category_ids = {})
      : class_names_(std::move(class_names)), records_(std::move(records)), category_ids_(std::move(category_ids)) {
    for (size_t c = category_ids_.size(); c < class_names_.size(); ++c)
      category_ids_.push_back(static_cast<int>(c) + 1);
  }

  const std::vector<std::string>& class_names() const override { return class_names_; }
  int64_t size() const override { return static_cast<int64_t>(records_.size()); }
  const ImageRecord& record(int64_t index) const override { return records_[static_cast<size_t>(index)]; }
  Image load(int64_t) const override { throw InternalError("KnownObjects has no pixels"); }
  const std::vector<int64_t>& category_ids() const override { return category_ids_; }

 private:
  std::vector<std::string> class_names_;
  std::vector<ImageRecord> records_;
  std::vector<int64_t> category_ids_;
};

/// An object whose area is the area of its box.
inline Annotation object(int label, Box box, bool ignored = false) {
  return {.box = box, .label = label, .ignored = ignored, .area = double{box.width()} * box.height()};
}

/// An image of 640×480 named after its id.
inline ImageRecord image(int64_t id, std::vector<Annotation> annotations) {
  return {"image " + std::to_string(id), id, 640, 480, std::move(annotations)};
}

}  // namespace intertwiner::tests
