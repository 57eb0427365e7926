#include "engine/backend/loop.h"
#include "engine/backend/loop_backend.h"
#include "engine/cpu/cpu_backend.h"

namespace intertwiner::cpu {

Tensor CpuBackend::roi_align(const std::vector<Tensor>& maps, const std::vector<double>& scales, const Tensor& regions,
                             const Tensor& image, const Tensor& level, const RoiAlignGeometry& geometry) const {
  const int64_t count = regions.dim(0), bins = geometry.output_size, channels = maps[0].dim(3);
  for (int64_t r = 0; r < count; ++r) {
    const int32_t n = image.data<int32_t>()[r], l = level.data<int32_t>()[r];
    if (l == -1) continue;
    if (l < -1 || l >= static_cast<int64_t>(maps.size()) || n < 0 || n >= maps[static_cast<size_t>(l)].dim(0))
      throw InternalError("roi_align: region " + std::to_string(r) + " names image " + std::to_string(n) + " of map " +
                          std::to_string(l) + ", which is not there");
  }
  Tensor out = Tensor::empty({count, bins, bins, channels}, maps[0].dtype());
  with_float_type(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(Device::cpu, count * bins * bins, 64,
                   roi_align_kernel<T>(maps, scales, {regions, image, level}, geometry, channels, out));
  });
  return out;
}

// Regions overlap, so pixels gather from many bins. Each thread owns an image's channels, or some of them, and adds to
// them region by region, bin by bin: the order, and with it the bits, do not depend on the threads. Where the samples
// lie is the same for all channels, and worked out before.
std::vector<Tensor> CpuBackend::roi_align_backward(const std::vector<Shape>& map_shapes,
                                                   const std::vector<double>& scales, const Tensor& regions,
                                                   const Tensor& image, const Tensor& level,
                                                   const RoiAlignGeometry& geometry, const Tensor& dy) const {
  std::vector<Tensor> gradients;
  for (const Shape& shape : map_shapes) gradients.push_back(Tensor::zeros(shape, dy.dtype()));
  with_float_type(dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const int64_t count = regions.dim(0), bins = geometry.output_size, ratio = geometry.sampling_ratio,
                  channels = dy.dim(3), samples_per_bin = ratio * ratio,
                  samples_per_region = bins * bins * samples_per_bin;
    std::vector<kernels::BilinearSample<T>> samples(static_cast<size_t>(count * samples_per_region));
    parallel_for(count, [&](int64_t region) {
      if (level.data<int32_t>()[region] < 0) return;
      const size_t l = static_cast<size_t>(level.data<int32_t>()[region]);
      const kernels::RegionFrame<T> frame(regions.data<T>() + 4 * region, static_cast<T>(scales[l]), bins,
                                          geometry.aligned);
      for (int64_t i = 0; i < samples_per_region; ++i) {
        const int64_t bin = i / samples_per_bin, sample = i % samples_per_bin;
        samples[static_cast<size_t>(region * samples_per_region + i)] = kernels::bilinear_sample(
            frame.sample_y(bin / bins, sample / ratio, ratio), frame.sample_x(bin % bins, sample % ratio, ratio),
            map_shapes[l][1], map_shapes[l][2]);
      }
    });
    const T share = 1 / static_cast<T>(samples_per_bin);
    int64_t images = 0;
    for (const Shape& shape : map_shapes) images = std::max(images, shape[0]);
    // As few parts as give every thread one: a pixel's channels in one piece are fetched ahead by the processor.
    const int64_t parts = divide_up(thread_count(), std::max<int64_t>(1, images)), part = divide_up(channels, parts);
    parallel_for(images * parts, [&](int64_t item) {
      const int64_t n = item / parts, begin = item % parts * part, end = std::min(channels, begin + part);
      for (int64_t region = 0; region < count; ++region) {
        if (image.data<int32_t>()[region] != n || level.data<int32_t>()[region] < 0) continue;
        const size_t l = static_cast<size_t>(level.data<int32_t>()[region]);
        const int64_t height = map_shapes[l][1], width = map_shapes[l][2];
        T* map = gradients[l].template data<T>() + n * height * width * channels;
        for (int64_t i = 0; i < samples_per_region; ++i) {
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
