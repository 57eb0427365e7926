#include "detector/model/kernels/detections.h"

#include "detector/model/kernels/detections_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr float kMinSide = 1e-2f;  // px
constexpr int64_t kBoxGrain = 1 << 12;

Loop over(const Tensor& rows, int64_t count) { return {.device = rows.device(), .count = count, .grain = kBoxGrain}; }

kernels::DetectionLists lists_of(const RegionPredictions& p, const Pointers& at) {
  return {.first = at(p.of_image.first),
          .regions = at(p.of_image.positions),
          .width = p.capacity,
          .classes = p.scores.dim(1)};
}

}  // namespace

Tensor detection_keys(const RegionPredictions& predictions, double min_score) {
  const int64_t lists = predictions.image_sizes.dim(0) * (predictions.scores.dim(1) - 1);
  Tensor keys = Tensor::empty({lists, predictions.capacity}, DType::int32, predictions.scores.device());
  for_each_float_index(over(keys, keys.size()), predictions.scores.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DetectionKeys<T>{.scores = at(predictions.scores),
                                     .lists = lists_of(predictions, at),
                                     .min_score = static_cast<float>(min_score),
                                     .key = at(keys)};
  });
  return keys;
}

DecodedDetections decode_detections(const RegionPredictions& predictions, const Tensor& order) {
  const Device device = order.device();
  const int64_t width = predictions.capacity;
  const int64_t lists = predictions.image_sizes.dim(0) * (predictions.scores.dim(1) - 1);
  const DecodedDetections decoded{Tensor::empty({lists, width, 4}, DType::float32, device),
                                  Tensor::empty({lists, width}, DType::float32, device),
                                  Tensor::empty({lists, width}, DType::int32, device)};
  for_each_float_index(over(order, lists * width), predictions.scores.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DecodeDetection<T>{.scores = at(predictions.scores),
                                       .deltas = at(predictions.deltas),
                                       .lists = lists_of(predictions, at),
                                       .regions = at(predictions.boxes),
                                       .image_sizes = at(predictions.image_sizes),
                                       .order = at(order),
                                       .min_side = kMinSide,
                                       .boxes = at(decoded.boxes),
                                       .box_scores = at(decoded.scores),
                                       .valid = at(decoded.valid)};
  });
  return decoded;
}

Tensor staying_keys(const DecodedDetections& decoded, const Tensor& stays) {
  Tensor keys = Tensor::empty(decoded.valid.shape(), DType::int32, stays.device());
  for_each_index(over(keys, keys.size()), [&](const Pointers& at) {
    return kernels::StayingScores{.score = at(decoded.scores), .stays = at(stays), .key = at(keys)};
  });
  return keys;
}

Tensor take_detections(const DecodedDetections& decoded, const Tensor& best) {
  const int64_t images = best.dim(0), capacity = best.dim(-1);
  Tensor found = Tensor::empty({images, capacity, kDetectionNumbers}, DType::float32, best.device());
  for_each_index(over(best, images * capacity), [&](const Pointers& at) {
    return kernels::TakeDetection{.best = at(best),
                                  .boxes = at(decoded.boxes),
                                  .scores = at(decoded.scores),
                                  .capacity = capacity,
                                  .width = decoded.valid.dim(1),
                                  .classes = decoded.valid.dim(0) / images + 1,
                                  .out = at(found)};
  });
  return found;
}

}  // namespace intertwiner
