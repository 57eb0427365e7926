// The Backend on the CPU. The comments name the file of each function.
#pragma once
#include "engine/backend/backend.h"

namespace intertwiner::cpu {

class CpuBackend : public Backend {
 public:
  // memory.cpp
  std::shared_ptr<std::byte> allocate(int64_t bytes) const override;
  void copy(const Tensor& from, const Tensor& to) const override;
  void fill_zero(const Tensor& x) const override;
  void launch(const IndexFunction& loop) const override;
  // convolution.cpp
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const ChannelAffine& epilogue) const override;
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                            const GradientTarget& dx) const override;
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                              const GradientTarget& dw) const override;
  // matmul.cpp
  void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                   bool transpose_b) const override;
  // sums.cpp
  Tensor sum(const Tensor& x, Summand summand) const override;
  void column_sums_into(const GradientTarget& sums, const Tensor& x) const override;
  RowsByValue rows_by_value(const Tensor& index, int64_t count) const override;
  // selection.cpp
  Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const override;
  Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const override;
  // normalisation.cpp
  NormFactors batch_norm_factors(const NormForward& pass) const override;
  Tensor channel_affine(const Tensor& x, const ChannelAffine& affine) const override;
  NormGradients batch_norm_backward(NormBackward pass) const override;
  // roi_align.cpp
  Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                   const RoiAlignGeometry& geometry) const override;
  std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                         const RoiAlignGeometry& geometry, const Tensor& dy) const override;
};

}  // namespace intertwiner::cpu
