#include "detector/evaluation/evaluate.h"

#include <algorithm>

#include "data/join.h"
#include "data/loader.h"
#include "detector/detect.h"
#include "detector/evaluation/evaluated_batch.h"
#include "detector/model/internet.h"
#include "detector/model/memory_check.h"
#include "engine/backend/constant_weights.h"
#include "engine/communication/agreement.h"
#include "engine/communication/single_process.h"
#include "engine/error.h"

namespace intertwiner {

std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress, const CocoOptions& options,
                                   Communicator* processes) {
  require_memory_for(settings, kImagesAtOnce);
  SingleProcess alone;
  Communicator& shared = processes ? *processes : alone;
  const int64_t count = shared.size();
  Loader loader(data, {.batch_size = kImagesAtOnce * count,
                       .parts = {.count = count, .first = shared.rank(), .stride = count},
                       .workers = std::max<int64_t>(1, settings.train.loader_workers),
                       .input = input_size(settings.input),
                       .order = LoaderOrder::sequential,
                       .device = model.parameters().device(),
                       .leave_out_unreadable = true,
                       .cache_mb = 0});
  const ConstantWeights constant;
  std::vector<EvaluatedBatch> batches;
  int64_t done = 0;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch images = loader.next();
    EvaluatedBatch batch{images.indices, {}, images.unreadable};
    if (images.size() > 0) batch.found = model.detect(images, settings);
    batches.push_back(std::move(batch));
    done = std::min(done + (images.size() + std::ssize(images.unreadable)) * count, data->size());
    if (any(shared, progress && !progress(done))) return std::nullopt;
  }

  Evaluation evaluation;
  std::vector<int64_t> read;
  for (const EvaluatedBatch& batch : gather_batches(shared, std::move(batches))) {
    for (size_t n = 0; n < batch.indices.size(); ++n)
      evaluation.detections.push_back({data->record(batch.indices[n]).id, batch.found[n]});
    read.insert(read.end(), batch.indices.begin(), batch.indices.end());
    evaluation.unreadable.insert(evaluation.unreadable.end(), batch.unreadable.begin(), batch.unreadable.end());
  }
  if (read.empty() && !evaluation.unreadable.empty())
    run_on_first(shared, [&] { throw UserError(evaluation.unreadable.front()); });
  evaluation.data = evaluation.unreadable.empty() ? data : take_images(data, read);
  evaluation.coco = coco_metrics(*evaluation.data, evaluation.detections, options);
  return evaluation;
}

}  // namespace intertwiner
