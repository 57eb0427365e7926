#include "detector/large_set.h"

namespace intertwiner {

LargeSource higher_source(std::span<const Variable> pyramid, std::span<const double> scales) {
  LargeSource source;
  for (size_t m = 0; m < 4; ++m) {
    source.maps.push_back(pyramid[m].detach());
    source.scales.push_back(scales[m]);
    for (size_t l = 0; l < m; ++l) source.map_of_pair[l][m] = static_cast<int32_t>(m);
  }
  return source;
}

AlignedSource aligned_source(std::span<const Variable> pyramid, std::span<const double> scales,
                             std::span<const Upsampler> upsamplers) {
  AlignedSource aligned;
  for (size_t m = 1; m < 4; ++m) {
    Variable map = pyramid[m];
    for (size_t l = m; l-- > 0;) {
      if (l + 1 == m) {
        map = aligned.neighbours[l] = upsamplers[l](map, pyramid[l].dim(1), pyramid[l].dim(2), Pass::training);
      } else {
        const NoGradient no_gradient;
        map = upsamplers[l](map, pyramid[l].dim(1), pyramid[l].dim(2), Pass::training);
      }
      aligned.source.map_of_pair[l][m] = static_cast<int32_t>(aligned.source.maps.size());
      aligned.source.maps.push_back(map.detach());
      aligned.source.scales.push_back(scales[l]);
    }
  }
  return aligned;
}

LargeSet large_set(const RegionSamples& samples, const LargeSource& source) {
  std::vector<int32_t> image, map, labels;
  std::vector<double> boxes;
  const Regions& regions = samples.regions;
  const Tensor sides = regions.boxes.to(DType::float64);
  for (int32_t l = 0; l < 3; ++l)
    for (int64_t r = 0; r < regions.count(); ++r) {
      const int32_t m = regions.level.data<int32_t>()[r], label = samples.labels.data<int32_t>()[r];
      if (m <= l || label <= 0) continue;
      const double* box = sides.data<double>() + 4 * r;
      boxes.insert(boxes.end(), box, box + 4);
      image.push_back(regions.image.data<int32_t>()[r]);
      map.push_back(source.map_of_pair[static_cast<size_t>(l)][static_cast<size_t>(m)]);
      labels.push_back(label);
    }
  return {Tensor::from(boxes, {static_cast<int64_t>(labels.size()), 4}), Tensor::from(image), Tensor::from(map),
          Tensor::from(labels)};
}

}  // namespace intertwiner
