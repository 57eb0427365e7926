#include "detector/model/proposals.h"

#include <algorithm>

#include "detector/model/kernels/proposals.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr float kLeastSide = 1e-3f;  // px
constexpr int64_t kBoxGrain = 1 << 12;

Tensor integers(Shape shape, Device on) { return Tensor::empty(std::move(shape), DType::int32, on); }

}  // namespace

Proposals make_proposals(const RpnPredictions& predictions, const Anchors& anchors, const Tensor& image_sizes,
                         const ProposalLimits& limits) {
  const Tensor logits = predictions.logits.value(), deltas = predictions.deltas.value();
  const Device on = logits.device();
  const Backend& backend = backend_of(on);
  const int64_t images = logits.dim(0), count = anchors.count();
  const auto levels = static_cast<int64_t>(anchors.level_begin.size()) - 1;
  const int64_t places = std::min(limits.candidates, count), width = levels * places;

  const Tensor keys = integers({images, count}, on);
  const Tensor boxes = Tensor::empty({images * levels, places, 4}, DType::float32, on);
  const Tensor valid = integers({images * levels, places}, on), stay_keys = integers({images, width}, on);
  return with_float_type(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, keys.size(), kBoxGrain, kernels::ScoreKeys<T>{logits.data<T>(on), keys.data<int32_t>(on)});
    const Tensor candidates = backend.smallest(keys, anchors.level_begin, places);
    for_each_index(on, images * width, kBoxGrain,
                   kernels::DecodeProposal<T>{boxes_of(anchors.boxes, on), deltas.data<T>(on),
                                              image_sizes.data<float>(on), candidates.data<int32_t>(on), count, width,
                                              kLeastSide, boxes_of(boxes, on), valid.data<int32_t>(on)});
    const Tensor stays = backend.nms(boxes, valid, limits.nms_iou, limits.proposals);
    for_each_index(on, images * width, kBoxGrain,
                   kernels::StayingKeys<T>{logits.data<T>(on), candidates.data<int32_t>(on), stays.data<int32_t>(on),
                                           count, width, stay_keys.data<int32_t>(on)});
    const int64_t most = std::min(limits.proposals, width);
    const Tensor best = backend.smallest(stay_keys, {0, width}, most);
    const Proposals proposals{Tensor::empty({images, most, 4}, DType::float32, on), integers({images}, on)};
    for_each_index(
        on, images * most, kBoxGrain,
        kernels::TakeBox{boxes_of(boxes, on), best.data<int32_t>(on), width, most, boxes_of(proposals.boxes, on)});
    for_each_index(on, images, kBoxGrain,
                   kernels::LeadingCount{best.data<int32_t>(on), most, proposals.count.data<int32_t>(on)});
    return proposals;
  });
}

Proposals proposals_of(const std::vector<std::vector<Box>>& boxes) {
  const auto images = static_cast<int64_t>(boxes.size());
  size_t most = 0;
  for (const auto& image : boxes) most = std::max(most, image.size());
  const Proposals proposals{Tensor::zeros({images, static_cast<int64_t>(most), 4}, DType::float32),
                            integers({images}, Device::cpu)};
  for (size_t n = 0; n < boxes.size(); ++n) {
    std::copy(boxes[n].begin(), boxes[n].end(), boxes_of(proposals.boxes) + n * most);
    proposals.count.data<int32_t>()[n] = static_cast<int32_t>(boxes[n].size());
  }
  return proposals;
}

}  // namespace intertwiner
