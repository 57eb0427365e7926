#include "detector/evaluation/evaluate.h"

#include <algorithm>

#include "data/loader.h"
#include "detector/detect.h"
#include "detector/model/internet.h"
#include "engine/backend/constant_filters.h"

namespace intertwiner {

std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress, const CocoOptions& options) {
  constexpr int64_t kImages = 2;  // at a time: the features of 1,000 regions an image take memory
  Loader loader(data, {.batch_size = kImages,
                       .workers = std::max<int64_t>(1, settings.train.loader_workers),
                       .input = input_size(settings.input),
                       .order = LoaderOrder::sequential,
                       .device = model.parameters().device(),
                       .cache_mb = 0});
  const ConstantFilters constant;
  Evaluation evaluation;
  std::vector<ImageDetections>& all = evaluation.detections;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch images = loader.next();
    const auto found = model.detect(images, settings);
    for (int64_t n = 0; n < images.size(); ++n)
      all.push_back({data->record(images.indices[static_cast<size_t>(n)]).id, found[static_cast<size_t>(n)]});
    if (progress && !progress(static_cast<int64_t>(all.size()))) return std::nullopt;
  }
  evaluation.coco = coco_metrics(*data, all, options);
  return evaluation;
}

}  // namespace intertwiner
