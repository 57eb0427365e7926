// Every primitive as loops over an index: all that a device needs to be able to do is memory and launches. A backend
// derives from it and puts in its own where that pays: the GPU's convolutions and products are a library's.
//
// Sums are taken in an order that the shapes alone decide, gathered by the index that owns the result.
#pragma once
#include "engine/backend/backend.h"
#include "engine/kernels/roi_align.h"
#include "engine/kernels/selection.h"

namespace intertwiner {

class LoopBackend : public Backend {
 public:
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const Conv2dEpilogue& epilogue) const override;
  Tensor conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                              const Shape& x_shape) const override;
  Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                                const Shape& w_shape) const override;
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const override;
  Tensor sum(const Tensor& x, Summand summand) const override;
  Tensor column_sums(const Tensor& x) const override;
  RowsByValue rows_by_value(const Tensor& index, int64_t count) const override;
  Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t most) const override;
  Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t most) const override;
  ChannelStatistics channel_statistics(const Tensor& x, const Tensor& members) const override;
  Tensor channel_affine(const Tensor& x, const Tensor& scale, const Tensor& shift, const Tensor& residual,
                        bool relu) const override;
  NormGradients batch_norm_backward(NormBackward pass) const override;
  Tensor roi_align(const std::vector<Tensor>& maps, const std::vector<double>& scales, const Tensor& regions,
                   const Tensor& image, const Tensor& level, const RoiAlignGeometry& geometry) const override;
  std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const std::vector<double>& scales,
                                         const Tensor& regions, const Tensor& image, const Tensor& level,
                                         const RoiAlignGeometry& geometry, const Tensor& dy) const override;

 protected:
  /// L×K×⌈K/64⌉ int64: bits of the boxes that each box of `nms` suppresses if it stays.
  Tensor suppressed_boxes(const Tensor& boxes, const Tensor& valid, double threshold) const;
};

/// The segments of rows of keys. Throws InternalError where there are more than a kernel can be told of.
kernels::KeySegments key_segments(int64_t columns, const std::vector<int64_t>& bounds);

/// What RoIAlign cuts: R×4, R and R, as Backend::roi_align has them.
struct RoiAlignRegions {
  const Tensor &boxes, &image, &level;
};
/// RoIAlign's index function on maps of T, to `out`. Throws InternalError where there are no maps or more than it
/// holds.
template <class T>
kernels::RoiAlign<T> roi_align_kernel(const std::vector<Tensor>& maps, const std::vector<double>& scales,
                                      const RoiAlignRegions& regions, const RoiAlignGeometry& geometry, int64_t lanes,
                                      const Tensor& out) {
  using C = kernels::Compute<T>;
  if (maps.empty() || maps.size() > kernels::kMostMaps)
    throw InternalError("roi_align: " + std::to_string(maps.size()) + " maps, 1 to " +
                        std::to_string(kernels::kMostMaps) + " can be read");
  const Device on = out.device();
  kernels::RoiAlign<T> kernel{};
  for (size_t l = 0; l < maps.size(); ++l) {
    kernel.maps[l] = maps[l].data<T>(on);
    kernel.heights[l] = maps[l].dim(1);
    kernel.widths[l] = maps[l].dim(2);
    kernel.scales[l] = static_cast<C>(scales[l]);
  }
  kernel.regions = regions.boxes.data<C>(on);
  kernel.image = regions.image.data<int32_t>(on);
  kernel.level = regions.level.data<int32_t>(on);
  kernel.channels = maps[0].dim(3);
  kernel.lanes = lanes;
  kernel.bins = geometry.output_size;
  kernel.ratio = geometry.sampling_ratio;
  kernel.aligned = geometry.aligned;
  kernel.out = out.data<C>(on);
  return kernel;
}

/// Rows, columns and sum of a matrix product: M×K by K×N, `batch` times.
struct ProductSizes {
  int64_t batch, m, k, n;
};
/// Throws UserError where the operands do not fit, InternalError where both are transposed.
ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b);

}  // namespace intertwiner
