#include "detector/model/large_set.h"

#include <optional>

#include "detector/model/chosen_rows.h"
#include "detector/model/kernels/regions.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr size_t kLevels = 4;

}  // namespace

LargeSource same_source(std::span<const Variable> pyramid, std::span<const double> scales) {
  LargeSource source;
  for (size_t l = 0; l + 1 < kLevels; ++l) {
    source.maps.push_back(pyramid[l]);
    source.scales.push_back(scales[l]);
    for (size_t m = l + 1; m < kLevels; ++m) source.map_of_pair[l][m] = static_cast<int32_t>(l);
  }
  return source;
}

LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales) {
  LargeSource source;
  for (size_t m = 0; m < kLevels; ++m) {
    source.maps.push_back(pyramid[m]);
    source.scales.push_back(scales[m]);
    for (size_t l = 0; l < m; ++l) source.map_of_pair[l][m] = static_cast<int32_t>(m);
  }
  return source;
}

LargeSource upsampled_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             const Upsample& upsample, bool all_gradients) {
  LargeSource source;
  for (size_t m = 1; m < kLevels; ++m) {
    Variable map = pyramid[m];
    for (size_t l = m; l-- > 0;) {
      std::optional<NoGradient> no_gradient;
      if (l + 1 < m && !all_gradients) no_gradient.emplace();
      map = upsample(l, map, pyramid[l].dim(1), pyramid[l].dim(2));
      source.map_of_pair[l][m] = static_cast<int32_t>(source.maps.size());
      source.maps.push_back(map);
      source.scales.push_back(scales[l]);
    }
  }
  return source;
}

LargeSet large_set(const RegionSamples& samples, const LargeSource& source, bool with_background) {
  const Regions& regions = samples.regions;
  const Device on = regions.level.device();
  const int64_t count = regions.places(), small_levels = kLevels - 1;
  const Tensor flags = Tensor::empty({small_levels * count}, DType::int32, on);
  for_each_index(on, flags.size(), kElementGrain,
                 kernels::FlagLarge{regions.level.data<int32_t>(on), samples.labels.data<int32_t>(on), count,
                                    with_background, flags.data<int32_t>(on)});
  const ChosenRows members = chosen_rows(flags, small_levels * (with_background ? count : samples.foreground_places()));
  const int64_t size = members.rows.size();
  const auto integers = [&] { return Tensor::empty({size}, DType::int32, on); };
  LargeSet set{
      Tensor::empty({size, 4}, DType::float64, on), integers(), integers(), integers(), integers(), members.count};
  with_float_type(regions.boxes.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::LargeMember<T> kernel{members.rows.data<int32_t>(on),
                                   regions.boxes.data<T>(on),
                                   regions.image.data<int32_t>(on),
                                   regions.level.data<int32_t>(on),
                                   samples.labels.data<int32_t>(on),
                                   count,
                                   {},
                                   set.boxes.data<double>(on),
                                   set.image.data<int32_t>(on),
                                   set.map.data<int32_t>(on),
                                   set.level.data<int32_t>(on),
                                   set.labels.data<int32_t>(on)};
    for (size_t l = 0; l < kLevels; ++l)
      for (size_t m = 0; m < kLevels; ++m) kernel.map_of_pair[l][m] = source.map_of_pair[l][m];
    for_each_index(on, size, kElementGrain, kernel);
  });
  return set;
}

}  // namespace intertwiner
