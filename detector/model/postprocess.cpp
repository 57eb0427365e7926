#include "detector/model/postprocess.h"

#include <algorithm>

#include "detector/model/kernels/detections.h"
#include "engine/ops/activations.h"

namespace intertwiner {

Tensor best_detections(const BoxPredictions& predictions, const Regions& regions, const Tensor& image_sizes,
                       const DetectSettings& settings) {
  const Tensor scores = softmax_rows(predictions.logits.value());
  const Backend& backend = backend_of(scores);
  const int64_t images = image_sizes.dim(0), capacity = regions.image_capacity();
  const RegionPredictions p{.of_image = backend.rows_by_value(regions.image, images),
                            .capacity = capacity,
                            .boxes = regions.boxes,
                            .scores = scores,
                            .deltas = predictions.deltas.value(),
                            .image_sizes = image_sizes};
  const Tensor order = backend.smallest(detection_keys(p, settings.score), {0, capacity}, capacity);
  const DecodedDetections decoded = decode_detections(p, order);
  const Tensor stays = backend.nms(decoded.boxes, decoded.valid, settings.nms, settings.detections);
  const int64_t of_image = (scores.dim(1) - 1) * capacity;
  const Tensor keys = staying_keys(decoded, stays).reshape({images, of_image});
  return take_detections(decoded, backend.smallest(keys, {0, of_image}, std::min(settings.detections, of_image)));
}

std::vector<std::vector<Detection>> detections_of(const Tensor& best, const std::vector<ImageGeometry>& geometry) {
  const Tensor found = best.to(Device::cpu);
  const int64_t capacity = found.dim(1);
  std::vector<std::vector<Detection>> detections(geometry.size());
  for (size_t n = 0; n < geometry.size(); ++n)
    for (int64_t i = 0; i < capacity; ++i) {
      const float* at = found.data<float>() + (static_cast<int64_t>(n) * capacity + i) * kDetectionNumbers;
      if (at[4] < 0) break;
      detections[n].push_back({geometry[n].to_original({at[0], at[1], at[2], at[3]}), static_cast<int>(at[4]), at[5]});
    }
  return detections;
}

}  // namespace intertwiner
