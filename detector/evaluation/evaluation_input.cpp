#include "detector/evaluation/evaluation_input.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/error.h"

namespace intertwiner {
namespace {

/// The items by rising key 0..keys − 1. Items with the same key keep their order.
template <class Item, class Key>
std::vector<Item> sorted_by(const std::vector<Item>& items, size_t keys, const Key& key) {
  std::vector<size_t> place(keys + 1, 0);  // of the next item with this key
  for (const Item& item : items) ++place[key(item) + 1];
  std::partial_sum(place.begin(), place.end(), place.begin());
  std::vector<Item> sorted(items.size());
  for (const Item& item : items) sorted[place[key(item)]++] = item;
  return sorted;
}

template <class Item>
std::vector<Item> by_class_and_image(const std::vector<Item>& items, const EvaluationInput& input) {
  const auto image = [](const Item& item) { return static_cast<size_t>(item.image); };
  const auto label = [](const Item& item) { return static_cast<size_t>(item.label); };
  return sorted_by(sorted_by(items, static_cast<size_t>(input.images), image), input.class_names.size() + 1, label);
}

/// Takes the items of one class and image from the front of `rest`.
template <class Item>
std::span<const Item> take(std::span<const Item>& rest, int label, int64_t image) {
  size_t count = 0;
  while (count < rest.size() && rest[count].label == label && rest[count].image == image) ++count;
  const std::span<const Item> taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

template <class Item>
Item placed(const Box& box, int label, int64_t image) {
  Item item;
  item.x = box.x1, item.y = box.y1;
  item.width = double{box.x2} - box.x1, item.height = double{box.y2} - box.y1;
  item.label = label;
  item.image = image;
  return item;
}

}  // namespace

std::vector<int64_t> images_by_id(const DataSet& data) {
  std::vector<int64_t> order(static_cast<size_t>(data.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return data.record(a).id < data.record(b).id; });
  return order;
}

EvaluationInput evaluation_input(const DataSet& data, const std::vector<ImageDetections>& detections,
                                 const std::vector<int64_t>& order) {
  if (static_cast<int64_t>(detections.size()) != data.size()) {
    throw InternalError("evaluation: detections of " + std::to_string(detections.size()) + " images, but " +
                        std::to_string(data.size()) + " in the data set");
  }
  EvaluationInput input{.class_names = data.class_names(), .images = data.size(), .objects = {}, .detections = {}};
  const int class_count = static_cast<int>(input.class_names.size());
  for (int64_t image = 0; image < data.size(); ++image) {
    const int64_t index = order[static_cast<size_t>(image)];
    const ImageRecord& record = data.record(index);
    const ImageDetections& found = detections[static_cast<size_t>(index)];
    if (found.image_id != record.id) {
      throw InternalError("evaluation: detections of image " + std::to_string(found.image_id) + ", expected " +
                          record.name);
    }
    const auto require_class = [&](int label) {
      if (label >= 1 && label <= class_count) return;
      throw UserError(record.name + ": class " + std::to_string(label) + ", but the data set has " +
                      std::to_string(class_count) + " classes; evaluate a model on the classes it was trained on");
    };
    for (const Annotation& annotation : record.annotations) {
      require_class(annotation.label);
      TrueObject object = placed<TrueObject>(annotation.box, annotation.label, image);
      object.area = annotation.area;
      object.ignored = annotation.ignored;
      input.objects.push_back(object);
    }
    for (const Detection& detection : found.detections) {
      if (std::isnan(detection.score))
        throw InternalError("evaluation: a score in " + record.name + " is not a number");
      require_class(detection.label);
      FoundObject object = placed<FoundObject>(detection.box, detection.label, image);
      object.score = detection.score;
      input.detections.push_back(object);
    }
  }
  return input;
}

GroupedInput group_by_class(const EvaluationInput& input) {
  GroupedInput grouped{by_class_and_image(input.objects, input), by_class_and_image(input.detections, input), {}};
  std::span<const TrueObject> objects = grouped.objects;
  std::span<const FoundObject> detections = grouped.detections;
  const int class_count = static_cast<int>(input.class_names.size());
  for (int label = 1; label <= class_count; ++label) {
    std::vector<ClassInImage>& images = grouped.classes.emplace_back();
    const auto next_image = [&](const auto& items) {
      return !items.empty() && items.front().label == label ? items.front().image : input.images;
    };
    for (;;) {
      const int64_t image = std::min(next_image(objects), next_image(detections));
      if (image == input.images) break;
      const auto objects_here = take(objects, label, image);
      images.push_back({objects_here, take(detections, label, image)});
    }
  }
  return grouped;
}

double shared_area(const PlacedBox& a, const PlacedBox& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace intertwiner
