#include "detector/large_set.h"

#include <optional>

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
  std::vector<int32_t> image, map, level, labels;
  std::vector<double> boxes;
  const Device on = source.maps[0].device();
  const Regions regions = samples.regions.to(Device::cpu);
  const Tensor all_labels = samples.labels.to(Device::cpu);
  const Tensor sides = regions.boxes.to(DType::float64);
  for (int32_t l = 0; l < 3; ++l)
    for (int64_t r = 0; r < regions.places(); ++r) {
      const int32_t m = regions.level.data<int32_t>()[r], label = all_labels.data<int32_t>()[r];
      if (m <= l || (label <= 0 && !with_background)) continue;
      const double* box = sides.data<double>() + 4 * r;
      boxes.insert(boxes.end(), box, box + 4);
      image.push_back(regions.image.data<int32_t>()[r]);
      map.push_back(source.map_of_pair[static_cast<size_t>(l)][static_cast<size_t>(m)]);
      level.push_back(l);
      labels.push_back(label);
    }
  return {Tensor::from(boxes, {static_cast<int64_t>(labels.size()), 4}).to(on), Tensor::from(image).to(on),
          Tensor::from(map).to(on), Tensor::from(level).to(on), Tensor::from(labels).to(on)};
}

}  // namespace intertwiner
