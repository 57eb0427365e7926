#include "tests/bench/counting_backend.h"

#include <algorithm>

#include "engine/cpu/cpu_backend.h"

namespace intertwiner::bench {
namespace {

Work work;

Layer& layer(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  const auto found = std::find_if(work.layers.begin(), work.layers.end(), [&](const Layer& l) {
    return l.x == x && l.w == w && l.geometry.stride == g.stride && l.geometry.padding == g.padding &&
           l.geometry.dilation == g.dilation;
  });
  return found != work.layers.end() ? *found : work.layers.emplace_back(Layer{x, w, g});
}

void count(const Shape& x, const Shape& w, const Conv2dGeometry& geometry, Pass pass) {
  Layer& called = layer(x, w, geometry);
  ++called.calls[static_cast<size_t>(pass)];
  work.flops += called.flops();
}

class CountingBackend : public cpu::CpuBackend {
 public:
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const ChannelAffine& epilogue) const override {
    count(x.shape(), w.shape(), geometry, Pass::forward);
    return CpuBackend::conv2d(x, w, geometry, epilogue);
  }
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                            const GradientTarget& dx) const override {
    count(dx.memory.shape(), w.shape(), geometry, Pass::data_gradient);
    CpuBackend::conv2d_data_gradient(dy, w, geometry, dx);
  }
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                              const GradientTarget& dw) const override {
    count(x.shape(), dw.memory.shape(), geometry, Pass::weight_gradient);
    CpuBackend::conv2d_weight_gradient(x, dy, geometry, dw);
  }
  /// Products of two matrices are gradients of fully connected layers (engine/ops/linear.cpp): dy·w and dyᵀ·x.
  void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                   bool transpose_b) const override {
    CpuBackend::matmul_into(out, a, b, transpose_a, transpose_b);
    if (a.rank() == 3) {
      work.flops += 2.0 * static_cast<double>(out.memory.size() * a.dim(transpose_a ? -2 : -1));
    } else if (transpose_a) {
      count({b.dim(0), 1, 1, b.dim(1)}, {a.dim(1), 1, 1, b.dim(1)}, {}, Pass::weight_gradient);
    } else {
      count({a.dim(0), 1, 1, b.dim(1)}, {b.dim(0), 1, 1, b.dim(1)}, {}, Pass::data_gradient);
    }
  }
  Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                   const RoiAlignGeometry& geometry) const override {
    work.regions = std::max(work.regions, regions.boxes.dim(0));
    return CpuBackend::roi_align(maps, regions, geometry);
  }
};

}  // namespace

void count_work() {
  static const CountingBackend backend;
  set_backend(Device::cpu, &backend);
}

Shape Layer::y() const {
  return {x[0], conv2d_output_size(x[1], w[1], geometry), conv2d_output_size(x[2], w[2], geometry), w[0]};
}

double Layer::flops() const {
  double product = 2;
  for (const int64_t size : y()) product *= static_cast<double>(size);
  return product * static_cast<double>(w[1] * w[2] * w[3]);
}

Work counted(const std::function<void()>& run) {
  work = {};
  run();
  return work;
}

}  // namespace intertwiner::bench
