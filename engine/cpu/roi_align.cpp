#include "engine/kernels/roi_align.h"

#include "engine/backend/loop_backend.h"
#include "engine/cpu/cpu_backend.h"

namespace intertwiner::cpu {

Tensor CpuBackend::roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                             const RoiAlignGeometry& geometry) const {
  for (int64_t r = 0; r < regions.boxes.dim(0); ++r) {
    const int32_t n = regions.image.data<int32_t>()[r], l = regions.level.data<int32_t>()[r];
    if (l == -1) continue;
    if (l < -1 || l >= static_cast<int64_t>(maps.size()) || n < 0 || n >= maps[static_cast<size_t>(l)].dim(0))
      throw InternalError("roi_align: region " + std::to_string(r) + " names image " + std::to_string(n) + " of map " +
                          std::to_string(l) + ", which does not exist");
  }
  return roi_align_loop(maps, regions, geometry);
}

// Regions overlap, so a pixel gets gradient from many bins. Each thread owns a group of an image's channels and adds to
// them region by region, bin by bin. So the order and the bits do not depend on the threads. All channels have the same
// samples, which are computed first.
std::vector<Tensor> CpuBackend::roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                                   const RoiAlignGeometry& geometry, const Tensor& dy) const {
  std::vector<Tensor> gradients;
  for (const Shape& shape : map_shapes) gradients.push_back(Tensor::zeros(shape, dy.dtype()));
  with_float_type(dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const int32_t *image = regions.image.data<int32_t>(), *level = regions.level.data<int32_t>();
    const auto bins = static_cast<int32_t>(geometry.output_size), ratio = static_cast<int32_t>(geometry.sampling_ratio);
    const int32_t samples_per_bin = ratio * ratio, samples_per_region = bins * bins * samples_per_bin;
    const int64_t count = regions.boxes.dim(0), channels = dy.dim(3);
    std::vector<kernels::BilinearSample<T>> samples(static_cast<size_t>(count * samples_per_region));
    parallel_for(count, [&](int64_t region) {
      if (level[region] < 0) return;
      const size_t l = static_cast<size_t>(level[region]);
      const kernels::RegionFrame<T> frame(regions.boxes.data<T>() + 4 * region, static_cast<T>(geometry.scales[l]),
                                          bins, geometry.aligned);
      const auto height = static_cast<int32_t>(map_shapes[l][1]), width = static_cast<int32_t>(map_shapes[l][2]);
      for (int32_t i = 0; i < samples_per_region; ++i) {
        const int32_t bin = i / samples_per_bin, sample = i % samples_per_bin;
        samples[static_cast<size_t>(region * samples_per_region + i)] =
            kernels::bilinear_sample(frame.sample_y(bin / bins, sample / ratio, ratio),
                                     frame.sample_x(bin % bins, sample % ratio, ratio), height, width);
      }
    });
    const T share = 1 / static_cast<T>(samples_per_bin);
    int64_t images = 0;
    for (const Shape& shape : map_shapes) images = std::max(images, shape[0]);
    // The fewest groups that keep every thread busy: large groups of channels are prefetched better.
    const int64_t groups = divide_up(thread_count(), std::max<int64_t>(1, images));
    const int64_t size = divide_up(channels, groups);
    parallel_for(images * groups, [&](int64_t item) {
      const int64_t n = item / groups, begin = item % groups * size, end = std::min(channels, begin + size);
      for (int64_t region = 0; region < count; ++region) {
        if (image[region] != n || level[region] < 0) continue;
        const size_t l = static_cast<size_t>(level[region]);
        const int64_t height = map_shapes[l][1], width = map_shapes[l][2];
        T* map = gradients[l].template data<T>() + n * height * width * channels;
        for (int32_t i = 0; i < samples_per_region; ++i) {
          const auto& s = samples[static_cast<size_t>(region * samples_per_region + i)];
          if (!s.inside) continue;
          const T* __restrict from = dy.data<T>() + (region * bins * bins + i / samples_per_bin) * channels;
          const auto add = [&](int64_t y, int64_t x, T weight) {
            T* __restrict to = map + (y * width + x) * channels;
            for (int64_t c = begin; c < end; ++c) to[c] += weight * from[c];
          };
          add(s.top, s.left, s.w_top_left * share);
          add(s.top, s.right, s.w_top_right * share);
          add(s.bottom, s.left, s.w_bottom_left * share);
          add(s.bottom, s.right, s.w_bottom_right * share);
        }
      }
    });
  });
  return gradients;
}

}  // namespace intertwiner::cpu
