// Every primitive as loops over an index: all that a device needs to be able to do is memory and launches. A backend
// derives from it and puts in its own where that pays: the GPU's convolutions and products are a library's.
//
// Sums are taken in an order that the shapes alone decide, gathered by the index that owns the result.
#pragma once
#include "engine/backend.h"
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

/// Rows, columns and sum of a matrix product: M×K by K×N, `batch` times.
struct ProductSizes {
  int64_t batch, m, k, n;
};
/// Throws UserError where the operands do not fit, InternalError where both are transposed.
ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b);

}  // namespace intertwiner
