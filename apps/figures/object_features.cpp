#include "apps/figures/object_features.h"

#include <algorithm>
#include <map>
#include <memory>

#include "data/batch.h"
#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/model/region_sampling.h"
#include "engine/backend/constant_weights.h"

namespace intertwiner {
namespace {

std::vector<ChosenObject> all_objects(const DataSet& data, const Settings& settings) {
  const LevelSplit split = LevelSplit::of(settings.model);
  std::vector<ChosenObject> objects;
  for (int64_t image = 0; image < data.size(); ++image) {
    const ImageRecord& record = data.record(image);
    const ImageGeometry geometry = fit_image(record.width, record.height, input_size(settings.input));
    int64_t in_image = 0;
    for (const Annotation& object : training_annotations(record)) {
      const bool large = split.level_of(geometry.to_input(object.box)) > kFinestLevel;
      objects.push_back({image, in_image++, object.label, large});
    }
  }
  return objects;
}

/// The `count` classes with the most objects; of classes with equally many, the lower label.
std::vector<int32_t> frequent_classes(const std::vector<ChosenObject>& objects, int64_t count) {
  std::map<int32_t, int64_t> counts;
  for (const ChosenObject& object : objects) ++counts[object.label];
  std::vector<int32_t> labels;
  for (const auto& entry : counts) labels.push_back(entry.first);
  std::stable_sort(labels.begin(), labels.end(), [&](int32_t a, int32_t b) { return counts[a] > counts[b]; });
  labels.resize(std::min(labels.size(), static_cast<size_t>(count)));
  return labels;
}

}  // namespace

std::vector<ChosenObject> choose_objects(const DataSet& data, const Settings& settings, const ObjectChoice& choice) {
  std::vector<ChosenObject> objects = all_objects(data, settings);
  const std::vector<int32_t> labels = frequent_classes(objects, choice.classes);
  std::erase_if(objects, [&](const ChosenObject& object) {
    return std::find(labels.begin(), labels.end(), object.label) == labels.end();
  });
  const auto found = static_cast<int64_t>(objects.size());
  if (found <= choice.objects) return objects;
  std::vector<ChosenObject> chosen;
  for (int64_t k = 0; k < choice.objects; ++k)
    chosen.push_back(objects[static_cast<size_t>(k * found / choice.objects)]);
  return chosen;
}

Tensor object_features(const InterNet& model, const DataSet& data, const std::vector<ChosenObject>& objects,
                       const std::function<void(int64_t)>& progress) {
  const InputSize size = input_size(model.settings().input);
  const LevelSplit split = LevelSplit::of(model.settings().model);
  const ConstantWeights constant;
  const auto count = static_cast<int64_t>(objects.size());
  Tensor features;
  for (int64_t begin = 0; begin < count;) {
    const int64_t image = objects[static_cast<size_t>(begin)].image;
    const BatchItem item{std::make_shared<const Image>(data.load(image)), &data.record(image), image, false};
    const Batch batch = make_batch({&item, 1}, size);
    std::vector<Box> boxes;
    int64_t end = begin;
    for (; end < count && objects[static_cast<size_t>(end)].image == image; ++end)
      boxes.push_back(
          reinterpret_cast<const Box*>(batch.boxes.data<float>())[objects[static_cast<size_t>(end)].object]);
    const Tensor rows = model.features(batch, make_regions(box_lists_of({boxes}), split));
    if (!features.defined()) features = Tensor::empty({count, rows.dim(1)}, rows.dtype());
    features.slice(begin, end).copy_from(rows);
    begin = end;
    if (progress) progress(end);
  }
  return features;
}

}  // namespace intertwiner
