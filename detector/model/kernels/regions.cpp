#include "detector/model/kernels/regions.h"

#include "detector/model/kernels/regions_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

Tensor integers(Shape shape, Device device) { return Tensor::empty(std::move(shape), DType::int32, device); }

Loop over(const Tensor& rows, int64_t count) { return {.device = rows.device(), .count = count}; }

/// Regions to be written, one for each selected row.
Regions empty_regions(const SelectedRows& selected, int64_t max_per_image) {
  const int64_t capacity = selected.capacity();
  const Device device = selected.rows.device();
  return {Tensor::empty({capacity, 4}, DType::float32, device), integers({capacity}, device),
          integers({capacity}, device), selected.valid_count, max_per_image};
}

kernels::RegionRows rows_of(const Regions& regions, const LevelSplit& split, const Pointers& at) {
  return {.boxes = at(regions.boxes), .image = at(regions.image), .level = at(regions.level), .split = split};
}

}  // namespace

Regions regions_of(const BoxLists& proposals, const SelectedRows& selected, const LevelSplit& split) {
  const int64_t capacity = proposals.boxes.dim(1);
  Regions regions = empty_regions(selected, capacity);
  for_each_index(over(selected.rows, selected.capacity()), [&](const Pointers& at) {
    return kernels::ProposalRegion{.rows = at(selected.rows),
                                   .proposals = at(proposals.boxes),
                                   .capacity = capacity,
                                   .out = rows_of(regions, split, at)};
  });
  return regions;
}

BoxLists joined(const BoxLists& first, const BoxLists& second) {
  const Device device = first.boxes.device();
  const int64_t images = first.boxes.dim(0), capacity = first.boxes.dim(1) + second.boxes.dim(1);
  BoxLists lists{Tensor::empty({images, capacity, 4}, DType::float32, device), integers({images}, device)};
  for_each_index(over(lists.boxes, images * capacity), [&](const Pointers& at) {
    return kernels::JoinLists{.first = at(first.boxes),
                              .second = at(second.boxes),
                              .first_count = at(first.valid_count),
                              .second_count = at(second.valid_count),
                              .first_capacity = first.boxes.dim(1),
                              .second_capacity = second.boxes.dim(1),
                              .out = at(lists.boxes)};
  });
  for_each_index(over(lists.boxes, images), [&](const Pointers& at) {
    return kernels::AddCounts{.a = at(first.valid_count), .b = at(second.valid_count), .sum = at(lists.valid_count)};
  });
  return lists;
}

Tensor positives_first(const Tensor& labels, int64_t capacity) {
  const int64_t width = labels.dim(1);
  const Tensor keys = integers(labels.shape(), labels.device());
  for_each_index(over(keys, keys.size()), [&](const Pointers& at) {
    return kernels::PositivesFirst{.label = at(labels), .width = width, .key = at(keys)};
  });
  return backend_of(labels).smallest(keys, {0, width}, capacity).reshape({labels.dim(0) * capacity});
}

RegionSamples samples_of(const RegionCandidates& candidates, const SelectedRows& selected, const LevelSplit& split) {
  const int64_t images = candidates.boxes.boxes.dim(0), of_image = candidates.in_order.size() / images;
  const Device device = selected.rows.device();
  RegionSamples samples{.regions = empty_regions(selected, of_image),
                        .labels = integers({selected.capacity()}, device),
                        .deltas = Tensor::empty({selected.capacity(), 4}, DType::float32, device)};
  for_each_index(over(selected.rows, selected.capacity()), [&](const Pointers& at) {
    return kernels::SampledRegion{.rows = at(selected.rows),
                                  .sampled = at(candidates.in_order),
                                  .label = at(candidates.matches.label),
                                  .object = at(candidates.matches.object),
                                  .classes = at(candidates.classes),
                                  .candidates = at(candidates.boxes.boxes),
                                  .objects = at(candidates.objects),
                                  .capacity = of_image,
                                  .width = candidates.boxes.boxes.dim(1),
                                  .object_capacity = candidates.objects.dim(1),
                                  .out = rows_of(samples.regions, split, at),
                                  .out_label = at(samples.labels),
                                  .deltas = at(samples.deltas)};
  });
  return samples;
}

}  // namespace intertwiner
