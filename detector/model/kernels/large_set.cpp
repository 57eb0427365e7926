#include "detector/model/kernels/large_set.h"

#include "detector/model/kernels/large_set_index.h"
#include "detector/model/kernels/valid_rows.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kSmallLevels = 3;  // P2..P4: no level is above P5

SelectedRows rows_of_large_sets(const RegionSamples& samples, bool with_background) {
  const int64_t regions = samples.regions.capacity();
  const Tensor flags = Tensor::empty({kSmallLevels * regions}, DType::int32, samples.labels.device());
  for_each_index({.device = flags.device(), .count = flags.size()}, [&](const Pointers& at) {
    return kernels::FlagLarge{.level = at(samples.regions.level),
                              .label = at(samples.labels),
                              .regions = regions,
                              .with_background = with_background,
                              .flag = at(flags)};
  });
  return selected_rows(flags, kSmallLevels * (with_background ? regions : samples.foreground_capacity()));
}

}  // namespace

LargeSet large_set(const RegionSamples& samples, const MapOfPair& maps, bool with_background) {
  const Regions& regions = samples.regions;
  const Device device = regions.level.device();
  const auto [rows, valid_count] = rows_of_large_sets(samples, with_background);
  const Loop loop{.device = device, .count = rows.size()};
  const auto integers = [&] { return Tensor::empty({loop.count}, DType::int32, device); };
  LargeSet set{Tensor::empty({loop.count, 4}, DType::float64, device),
               integers(),
               integers(),
               integers(),
               integers(),
               valid_count};
  for_each_float_index(loop, regions.boxes.dtype(), [&, &rows = rows]<class T>(const Pointers& at) {
    kernels::LargeSetRow<T> row{.rows = at(rows),
                                .regions = at(regions.boxes),
                                .region_image = at(regions.image),
                                .region_level = at(regions.level),
                                .region_label = at(samples.labels),
                                .region_count = regions.capacity(),
                                .map_of_pair = {},
                                .boxes = at(set.boxes),
                                .image = at(set.image),
                                .map = at(set.map),
                                .level = at(set.level),
                                .labels = at(set.labels)};
    for (size_t l = 0; l < 4; ++l)
      for (size_t m = 0; m < 4; ++m) row.map_of_pair[l][m] = maps[l][m];
    return row;
  });
  return set;
}

}  // namespace intertwiner
