// RoIAlign as loops over an index, forward and backward.
#include <algorithm>

#include "engine/backend/loop_backend.h"
#include "engine/kernels/roi_align.h"

namespace intertwiner {

template <>
struct StoredAs<kernels::RegionExtent> {
  using Type = int32_t;
};

namespace {

template <class T>
[[gnu::noinline]] kernels::RegionsOnMaps<T> regions_on_maps(const std::vector<Shape>& map_shapes,
                                                            const RoiAlignRegions& regions, const RoiAlignGeometry& g,
                                                            const Pointers& at) {
  kernels::RegionsOnMaps<T> r{.heights = {},
                              .widths = {},
                              .scales = {},
                              .boxes = at(regions.boxes),
                              .image = at(regions.image),
                              .level = at(regions.level),
                              .bins = static_cast<int32_t>(g.output_size),
                              .ratio = static_cast<int32_t>(g.sampling_ratio),
                              .aligned = g.aligned};
  for (size_t l = 0; l < map_shapes.size(); ++l) {
    r.heights[l] = static_cast<int32_t>(map_shapes[l][1]);
    r.widths[l] = static_cast<int32_t>(map_shapes[l][2]);
    r.scales[l] = static_cast<T>(g.scales[l]);
  }
  return r;
}

}  // namespace

Tensor roi_align_loop(const std::vector<Tensor>& maps, const RoiAlignRegions& regions, const RoiAlignGeometry& g) {
  constexpr int64_t kBinGrain = 64;
  if (maps.empty() || maps.size() > kernels::kMaxMaps)
    throw InternalError("roi_align: " + std::to_string(maps.size()) + " maps, 1 to " +
                        std::to_string(kernels::kMaxMaps) + " can be read");
  std::vector<Shape> shapes;
  for (const Tensor& map : maps) shapes.push_back(map.shape());
  const int64_t count = regions.boxes.dim(0), bins = g.output_size, channels = maps[0].dim(3);
  Tensor out = Tensor::empty({count, bins, bins, channels}, maps[0].dtype(), maps[0].device());
  std::vector<Tensor> tensors = maps;
  tensors.push_back(out);
  const Loop over_bins{.device = out.device(), .count = count * bins * bins, .grain = kBinGrain};
  with_lanes(over_bins, tensors, channels, [&]<int N>(const auto& loop) {
    for_each_map_index(loop, out.dtype(), [&]<class T>(const Pointers& at) {
      kernels::RoiAlign<T, N> kernel{.maps = {},
                                     .r = regions_on_maps<kernels::Compute<T>>(shapes, regions, g, at),
                                     .channels = channels,
                                     .out = at(out)};
      for (size_t l = 0; l < maps.size(); ++l) kernel.maps[l] = at(maps[l]);
      return kernel;
    });
  });
  return out;
}

Tensor LoopBackend::roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                              const RoiAlignGeometry& geometry) const {
  return roi_align_loop(maps, regions, geometry);
}

std::vector<Tensor> LoopBackend::roi_align_backward(const std::vector<Shape>& map_shapes,
                                                    const RoiAlignRegions& regions, const RoiAlignGeometry& g,
                                                    const Tensor& dy) const {
  const Device on = dy.device();
  const int64_t count = regions.boxes.dim(0);
  const auto levels = static_cast<int32_t>(map_shapes.size());
  const Tensor key = Tensor::empty({count}, DType::int32, on), extent = Tensor::empty({count, 4}, DType::int32, on);
  for_each_float_index(DeviceLoop{{on, count}}, regions.boxes.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::FindExtent<T>{
        .levels = levels, .r = regions_on_maps<T>(map_shapes, regions, g, at), .key = at(key), .extent = at(extent)};
  });
  int64_t images = 0;
  for (const Shape& shape : map_shapes) images = std::max(images, shape[0]);
  const RowsByValue sorted = rows_by_value(key, images * levels);
  const Tensor sorted_count = sorted.first.slice(images * levels, images * levels + 1);
  std::vector<Tensor> gradients;
  for (int32_t l = 0; l < levels; ++l) {
    const Shape& shape = map_shapes[static_cast<size_t>(l)];
    const int64_t lines = shape[1] + shape[2];
    const Tensor bits = Tensor::empty({divide_up(count, kernels::kRegionsPerWord), lines}, DType::int64, on);
    for_each_index(DeviceLoop{{on, bits.size()}}, [&](const Pointers& at) {
      return kernels::RegionBits{.extent = at(extent),
                                 .sorted = at(sorted.positions),
                                 .count = at(sorted_count),
                                 .height = static_cast<int32_t>(shape[1]),
                                 .lines = static_cast<int32_t>(lines),
                                 .bits = at(bits)};
    });
    const Tensor dx = Tensor::empty(shape, dy.dtype(), on);
    const DeviceLoop over_pixels{{on, shape[0] * shape[1] * shape[2]}};
    with_device_lanes(over_pixels, {dy, dx}, shape[3], [&]<int N>(const auto& loop) {
      for_each_map_index(loop, dy.dtype(), [&]<class T>(const Pointers& at) {
        return kernels::RoiAlignGradient<T, N>{.level = l,
                                               .levels = levels,
                                               .r = regions_on_maps<kernels::Compute<T>>(map_shapes, regions, g, at),
                                               .first = at(sorted.first),
                                               .sorted = at(sorted.positions),
                                               .bits = at(bits),
                                               .channels = shape[3],
                                               .dy = at(dy),
                                               .dx = at(dx)};
      });
    });
    gradients.push_back(dx);
  }
  return gradients;
}

}  // namespace intertwiner
