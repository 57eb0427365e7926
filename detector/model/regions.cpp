#include "detector/model/regions.h"

#include "detector/model/chosen_rows.h"
#include "detector/model/kernels/regions.h"
#include "detector/model/matcher.h"
#include "detector/model/sampler.h"
#include "engine/backend/loop.h"
#include "engine/kernels/labels.h"
#include "engine/ops/losses.h"

namespace intertwiner {
namespace {

constexpr double kSmoothL1Beta = 1.0 / 9;

Tensor integers(Shape shape, Device on) { return Tensor::empty(std::move(shape), DType::int32, on); }

/// Regions to be written by an index function, as many as `chosen` has rows.
Regions places_for(const ChosenRows& chosen, int64_t places_of_image) {
  const int64_t count = chosen.rows.size();
  const Device on = chosen.rows.device();
  return {Tensor::empty({count, 4}, DType::float32, on), integers({count}, on), integers({count}, on), chosen.count,
          places_of_image};
}

kernels::RegionRows rows_of(const Regions& regions, const LevelSplit& split) {
  const Device on = regions.image.device();
  return {split, boxes_of(regions.boxes, on), regions.image.data<int32_t>(on), regions.level.data<int32_t>(on)};
}

/// Proposals, and behind them the image's objects.
BoxLists candidates_of(const Proposals& proposals, const Batch& batch) {
  const Device on = proposals.boxes.device();
  const int64_t images = proposals.boxes.dim(0), first = proposals.boxes.dim(1), objects = batch.boxes.dim(1);
  const BoxLists lists{Tensor::empty({images, first + objects, 4}, DType::float32, on), integers({images}, on)};
  for_each_index(on, images * (first + objects), kElementGrain,
                 kernels::JoinCandidates{boxes_of(proposals.boxes, on), boxes_of(batch.boxes, on),
                                         proposals.count.data<int32_t>(on), batch.object_counts.data<int32_t>(on),
                                         first, objects, boxes_of(lists.boxes, on)});
  for_each_index(on, images, kElementGrain,
                 kernels::AddCounts{proposals.count.data<int32_t>(on), batch.object_counts.data<int32_t>(on),
                                    lists.count.data<int32_t>(on)});
  return lists;
}

/// The first rows of a tensor that comes to the host, where the device has more places than there are rows.
Tensor moved(const Tensor& tensor, Device device, int64_t rows) { return tensor.to(device).slice(0, rows); }

}  // namespace

Regions Regions::to(Device device) const {
  const bool cut = device == Device::cpu && count.defined();
  const int64_t rows = cut ? static_cast<int64_t>(count.item()) : places();
  return {moved(boxes, device, rows), moved(image, device, rows), moved(level, device, rows),
          device == Device::cpu ? Tensor() : count, places_of_image};
}

RegionSamples RegionSamples::to(Device device) const {
  const Regions there = regions.to(device);
  return {there, moved(labels, device, there.places()), moved(deltas, device, there.places()), most_foreground};
}

Regions make_regions(const Proposals& proposals, const LevelSplit& split) {
  const Device on = proposals.boxes.device();
  const int64_t images = proposals.boxes.dim(0), places = proposals.boxes.dim(1), total = images * places;
  const Tensor present = integers({total}, on);
  for_each_index(on, total, kElementGrain,
                 kernels::FlagPresent{proposals.count.data<int32_t>(on), places, present.data<int32_t>(on)});
  const ChosenRows chosen = chosen_rows(present, total);
  const Regions regions = places_for(chosen, places);
  for_each_index(on, regions.places(), kElementGrain,
                 kernels::ProposalRegion{chosen.rows.data<int32_t>(on), boxes_of(proposals.boxes, on), places,
                                         rows_of(regions, split)});
  return regions;
}

RegionSamples sample_regions(const Proposals& proposals, const Batch& batch, const Settings& settings,
                             const Tensor& step) {
  const Device on = proposals.boxes.device();
  const int64_t total = settings.regions.regions_per_image;
  const auto most_positive =
      static_cast<int64_t>(static_cast<double>(total) * settings.regions.foreground_fraction + 1e-9);
  const double foreground = settings.regions.foreground_iou;

  const BoxLists candidates = candidates_of(proposals, batch), objects{batch.boxes, batch.object_counts};
  const Matches matches = match(candidates, objects, {foreground, foreground, false});
  const Tensor labels =
      sample(matches.kind, {total, most_positive}, Philox(settings.train.seed, Purpose::region_sampling), step);

  const int64_t images = labels.dim(0), width = labels.dim(1);
  const Tensor keys = integers(labels.shape(), on);
  for_each_index(on, keys.size(), kElementGrain,
                 kernels::PositivesFirst{labels.data<int32_t>(on), width, keys.data<int32_t>(on)});
  const Tensor in_order = backend_of(on).smallest(keys, {0, width}, total).reshape({images * total});

  const ChosenRows chosen = chosen_rows(in_order, images * total);
  const Regions regions = places_for(chosen, total);
  const RegionSamples samples{regions, integers({regions.places()}, on),
                              Tensor::empty({regions.places(), 4}, DType::float32, on), images * most_positive};
  for_each_index(
      on, regions.places(), kElementGrain,
      kernels::SampledRegion{chosen.rows.data<int32_t>(on), in_order.data<int32_t>(on), labels.data<int32_t>(on),
                             matches.object.data<int32_t>(on), batch.labels.data<int32_t>(on),
                             boxes_of(candidates.boxes, on), boxes_of(objects.boxes, on), total, width,
                             objects.boxes.dim(1), rows_of(regions, LevelSplit::of(settings.model)),
                             samples.labels.data<int32_t>(on), deltas_of(samples.deltas, on)});
  return samples;
}

RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples) {
  const Device on = samples.labels.device();
  const int64_t count = samples.labels.size();
  const Tensor foreground = integers({count}, on);  // whose deltas count
  for_each_index(on, count, kElementGrain,
                 kernels::Foreground{samples.labels.data<int32_t>(on), foreground.data<int32_t>(on)});
  return {softmax_cross_entropy(predictions.logits, samples.labels),
          smooth_l1(predictions.deltas, foreground, samples.deltas, kSmoothL1Beta,
                    backend_of(on).sum(samples.labels, Summand::at_least_zero))};
}

}  // namespace intertwiner
