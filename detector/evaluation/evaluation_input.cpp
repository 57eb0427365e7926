#include "detector/evaluation/evaluation_input.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "engine/error.h"

namespace intertwiner {

std::vector<int64_t> images_by_id(const DataSet& data) {
  std::vector<int64_t> order(static_cast<size_t>(data.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return data.record(a).id < data.record(b).id; });
  return order;
}

std::vector<std::vector<ClassInImage>> group_by_class(const DataSet& data,
                                                      const std::vector<ImageDetections>& detections,
                                                      const std::vector<int64_t>& order) {
  if (static_cast<int64_t>(detections.size()) != data.size()) {
    throw InternalError("evaluation: detections of " + std::to_string(detections.size()) + " images, but " +
                        std::to_string(data.size()) + " in the data set");
  }
  const size_t class_count = data.class_names().size();
  std::vector<std::vector<ClassInImage>> by_class(class_count);
  std::vector<ClassInImage> image(class_count);
  for (const int64_t index : order) {
    const ImageRecord& record = data.record(index);
    const ImageDetections& found = detections[static_cast<size_t>(index)];
    if (found.image_id != record.id) {
      throw InternalError("evaluation: detections of image " + std::to_string(found.image_id) + ", expected " +
                          record.name);
    }
    const auto entry = [&](int label) -> ClassInImage& {
      if (label >= 1 && static_cast<size_t>(label) <= class_count) return image[static_cast<size_t>(label) - 1];
      throw UserError(record.name + ": class " + std::to_string(label) + ", but the data set has " +
                      std::to_string(class_count) + " classes; evaluate a model on the classes it was trained on");
    };
    for (const Annotation& object : record.annotations) entry(object.label).objects.push_back(&object);
    for (const Detection& detection : found.detections) {
      if (std::isnan(detection.score))
        throw InternalError("evaluation: a score in " + record.name + " is not a number");
      entry(detection.label).detections.push_back(&detection);
    }
    for (size_t c = 0; c < class_count; ++c) {
      if (image[c].objects.empty() && image[c].detections.empty()) continue;
      by_class[c].push_back(std::move(image[c]));
      image[c] = {};
    }
  }
  return by_class;
}

void sort_by_score(std::vector<const Detection*>& detections) {
  std::stable_sort(detections.begin(), detections.end(),
                   [](const Detection* a, const Detection* b) { return a->score > b->score; });
}

double area_of(const Box& box) { return (double{box.x2} - box.x1) * (double{box.y2} - box.y1); }

double shared_area(const Box& a, const Box& b) {
  const double width = double{std::min(a.x2, b.x2)} - std::max(a.x1, b.x1);
  const double height = double{std::min(a.y2, b.y2)} - std::max(a.y1, b.y1);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace intertwiner
