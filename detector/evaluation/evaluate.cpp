#include "detector/evaluation/evaluate.h"

#include <algorithm>

#include "data/join.h"
#include "data/loader.h"
#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/model/memory_check.h"
#include "engine/backend/constant_filters.h"
#include "engine/error.h"

namespace intertwiner {

std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress, const CocoOptions& options) {
  constexpr int64_t kImages = 2;  // per batch; few, because 1,000 regions per image take much memory
  require_memory_for(settings, kImages);
  Loader loader(data, {.batch_size = kImages,
                       .workers = std::max<int64_t>(1, settings.train.loader_workers),
                       .input = input_size(settings.input),
                       .order = LoaderOrder::sequential,
                       .device = model.parameters().device(),
                       .leave_out_unreadable = true,
                       .cache_mb = 0});
  const ConstantFilters constant;
  Evaluation evaluation;
  std::vector<ImageDetections>& all = evaluation.detections;
  std::vector<int64_t> read;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch images = loader.next();
    evaluation.unreadable.insert(evaluation.unreadable.end(), images.unreadable.begin(), images.unreadable.end());
    if (images.size() == 0) continue;
    const auto found = model.detect(images, settings);
    for (int64_t n = 0; n < images.size(); ++n)
      all.push_back({data->record(images.indices[static_cast<size_t>(n)]).id, found[static_cast<size_t>(n)]});
    read.insert(read.end(), images.indices.begin(), images.indices.end());
    if (progress && !progress(static_cast<int64_t>(all.size()))) return std::nullopt;
  }
  if (read.empty() && !evaluation.unreadable.empty()) throw UserError(evaluation.unreadable.front());
  evaluation.data = evaluation.unreadable.empty() ? data : take_images(data, read);
  evaluation.coco = coco_metrics(*evaluation.data, all, options);
  return evaluation;
}

}  // namespace intertwiner
