// Every primitive as loops over an index. Every backend but the CPU's derives from this class, and must implement
// memory and launches only. It overrides primitives that it has faster: its convolutions and products come from
// libraries.
//
// The order of a sum depends only on the shapes: each result belongs to one index, which adds up its terms.
#pragma once
#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/direct_products.h"
#include "engine/kernels/selection.h"

namespace intertwiner {

class LoopBackend : public Backend {
 public:
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const ChannelAffine& epilogue) const override;
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                            const GradientTarget& dx) const override;
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                              const GradientTarget& dw) const override;
  void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                   bool transpose_b) const override;
  Tensor sum(const Tensor& x, Summand summand) const override;
  void column_sums_into(const GradientTarget& sums, const Tensor& x) const override;
  RowsByValue rows_by_value(const Tensor& index, int64_t count) const override;
  Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const override;
  Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const override;
  NormFactors batch_norm_factors(const NormForward& pass) const override;
  Tensor channel_affine(const Tensor& x, const ChannelAffine& affine) const override;
  NormGradients batch_norm_backward(NormBackward pass) const override;
  Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                   const RoiAlignGeometry& geometry) const override;
  std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                         const RoiAlignGeometry& geometry, const Tensor& dy) const override;

 protected:
  /// L×K×⌈K/64⌉ int64: for each box of `nms`, bit b is 1 if this box, when it stays, suppresses box b.
  Tensor suppressed_boxes(const Tensor& boxes, const Tensor& valid, double threshold) const;
};

/// Whether the convolution is a product of two matrices, whose rows are pixels and filters.
bool is_product(const Shape& w, const Conv2dGeometry& geometry);

/// Sizes of a convolution of images `x` (N×H×W×C) with filters `w` (K×R×S×C).
kernels::ConvolutionSizes convolution_sizes(const Shape& x, const Shape& w, const Conv2dGeometry& geometry);

/// Segments of rows of keys. Throws InternalError if there are more than a kernel can hold.
kernels::KeySegments key_segments(int64_t columns, const std::vector<int64_t>& bounds);

/// Backend::roi_align as a loop. Throws InternalError if there are no maps or more than a kernel can hold.
Tensor roi_align_loop(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                      const RoiAlignGeometry& geometry);

}  // namespace intertwiner
