#include "detector/detect.h"

#include <algorithm>

#include "data/loader.h"
#include "detector/model/internet.h"
#include "engine/backend/constant_filters.h"

namespace intertwiner {

InputSize input_size(const InputSettings& settings) {
  return {settings.image_size, settings.short_side, settings.long_side, settings.antialias};
}

std::vector<std::vector<Detection>> detect(const InterNet& model, const Settings& settings,
                                           const std::vector<Image>& images) {
  return model.detect(make_detection_batch(images, input_size(settings.input), model.parameters().device()), settings);
}

std::vector<ImageDetections> detect_all(const InterNet& model, const Settings& settings, DataSetPointer data,
                                        int64_t batch, const std::function<void(int64_t)>& progress) {
  Loader loader(data, {.batch_size = batch,
                       .workers = std::max<int64_t>(1, settings.train.loader_workers),
                       .input = input_size(settings.input),
                       .order = LoaderOrder::sequential,
                       .device = model.parameters().device(),
                       .cache_mb = 0});
  const ConstantFilters constant;
  std::vector<ImageDetections> all;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch images = loader.next();
    const auto found = model.detect(images, settings);
    for (int64_t n = 0; n < images.size(); ++n)
      all.push_back({data->record(images.indices[static_cast<size_t>(n)]).id, found[static_cast<size_t>(n)]});
    if (progress) progress(static_cast<int64_t>(all.size()));
  }
  return all;
}

}  // namespace intertwiner
