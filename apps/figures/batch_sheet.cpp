#include "apps/figures/batch_sheet.h"

#include <cmath>

#include "apps/figures/drawn_boxes.h"
#include "detector/training/run_data.h"

namespace intertwiner {
namespace {

std::vector<DrawnBox> boxes_of(const Batch& batch, int64_t i, const std::vector<std::string>& class_names) {
  std::vector<DrawnBox> boxes;
  const int64_t first = i * batch.labels.dim(1);
  for (int64_t k = first; k < first + batch.object_counts.data<int32_t>()[i]; ++k) {
    const int32_t label = batch.labels.data<int32_t>()[k];
    boxes.push_back({batch.boxes.data<Box>(Device::cpu)[k], class_names.at(static_cast<size_t>(label - 1)), label});
  }
  return boxes;
}

}  // namespace

Image image_of(const Batch& batch, int64_t i) {
  Image image{static_cast<int>(batch.images.dim(2)), static_cast<int>(batch.images.dim(1)), {}};
  const int64_t floats = batch.images.dim(1) * batch.images.dim(2) * 3;
  const float* const from = batch.images.data<float>() + i * floats;
  image.rgb.resize(static_cast<size_t>(floats));
  write_colours({from, image.rgb.size()}, image.rgb.data());
  return image;
}

Image batch_sheet(const DataSetPointer& data, const Settings& settings, int64_t count) {
  Loader loader(data, training_loader_options(settings));
  std::vector<Image> images;
  while (static_cast<int64_t>(images.size()) < count) {
    const Batch batch = loader.next();
    for (int64_t i = 0; i < batch.size() && static_cast<int64_t>(images.size()) < count; ++i)
      images.push_back(draw_detections(image_of(batch, i), boxes_of(batch, i, data->class_names())));
  }
  return contact_sheet(images, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count)))));
}

}  // namespace intertwiner
