#include "detector/model/postprocess.h"

#include <algorithm>

#include "detector/model/kernels/detections.h"
#include "engine/backend/loop.h"
#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

constexpr float kLeastSide = 1e-2f;  // px
constexpr int64_t kBoxGrain = 1 << 12, kNumbers = 6;

}  // namespace

Tensor best_detections(const BoxPredictions& predictions, const Regions& regions, const Tensor& image_sizes,
                       const DetectSettings& settings) {
  const Tensor scores = softmax_rows(predictions.logits.value()), deltas = predictions.deltas.value();
  const Device on = scores.device();
  const Backend& backend = backend_of(on);
  const int64_t images = image_sizes.dim(0), classes = scores.dim(1), width = regions.most_of_image();
  const int64_t lists = images * (classes - 1), per_image = (classes - 1) * width;
  const RowsByValue of_image = backend.rows_by_value(regions.image, images);
  const kernels::DetectionLists where{of_image.first.data<int32_t>(on), of_image.places.data<int32_t>(on), width,
                                      classes};
  const Tensor keys = Tensor::empty({lists, width}, DType::int32, on),
               valid = Tensor::empty(keys.shape(), DType::int32, on);
  const Tensor boxes = Tensor::empty({lists, width, 4}, DType::float32, on),
               box_scores = Tensor::empty(keys.shape(), DType::float32, on);
  with_float_type(scores.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, keys.size(), kBoxGrain,
                   kernels::DetectionKeys<T>{where, scores.data<T>(on), static_cast<float>(settings.score),
                                             keys.data<int32_t>(on)});
    const Tensor order = backend.smallest(keys, {0, width}, width);
    for_each_index(
        on, keys.size(), kBoxGrain,
        kernels::DecodeDetection<T>{where, scores.data<T>(on), deltas.data<T>(on), boxes_of(regions.boxes, on),
                                    image_sizes.data<float>(on), order.data<int32_t>(on), kLeastSide,
                                    boxes_of(boxes, on), box_scores.data<float>(on), valid.data<int32_t>(on)});
  });
  const Tensor stays = backend.nms(boxes, valid, settings.nms, settings.detections);
  for_each_index(on, keys.size(), kBoxGrain,
                 kernels::StayingScores{box_scores.data<float>(on), stays.data<int32_t>(on), keys.data<int32_t>(on)});
  const int64_t places = std::min(settings.detections, per_image);
  const Tensor best = backend.smallest(keys.reshape({images, per_image}), {0, per_image}, places);
  Tensor found = Tensor::empty({images, places, kNumbers}, DType::float32, on);
  for_each_index(on, images * places, kBoxGrain,
                 kernels::TakeDetection{best.data<int32_t>(on), boxes_of(boxes, on), box_scores.data<float>(on), places,
                                        width, classes, found.data<float>(on)});
  return found;
}

std::vector<std::vector<Detection>> detections_of(const Tensor& best, const std::vector<ImageGeometry>& geometry) {
  const Tensor found = best.to(Device::cpu);
  const int64_t places = found.dim(1);
  std::vector<std::vector<Detection>> detections(geometry.size());
  for (size_t n = 0; n < geometry.size(); ++n)
    for (int64_t i = 0; i < places; ++i) {
      const float* at = found.data<float>() + (static_cast<int64_t>(n) * places + i) * kNumbers;
      if (at[4] < 0) break;
      detections[n].push_back({geometry[n].to_original({at[0], at[1], at[2], at[3]}), static_cast<int>(at[4]), at[5]});
    }
  return detections;
}

}  // namespace intertwiner
