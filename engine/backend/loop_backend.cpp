#include "engine/backend/loop_backend.h"

#include <algorithm>

#include "engine/elementwise.h"
#include "engine/kernels/rows.h"

namespace intertwiner {
namespace {

// Loops of this class never run on the CPU, which has primitives of its own.
DeviceLoop over(const Tensor& results) { return {{results.device(), results.size()}}; }

}  // namespace

kernels::ConvolutionSizes convolution_sizes(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return {.h = x[1],
          .w = x[2],
          .c = x[3],
          .k = w[0],
          .r = w[1],
          .s = w[2],
          .p = conv2d_output_size(x[1], w[1], g),
          .q = conv2d_output_size(x[2], w[2], g),
          .n = x[0],
          .stride = g.stride,
          .padding = g.padding,
          .dilation = g.dilation};
}

Tensor LoopBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g, const ChannelAffine& e) const {
  const kernels::ConvolutionSizes z = convolution_sizes(x.shape(), w.shape(), g);
  Tensor y = Tensor::empty({z.n, z.p, z.q, z.k}, x.dtype(), x.device());
  for_each_map_index(over(y), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DirectConvolution<T>{.z = z,
                                         .x = at(x),
                                         .filter = at(w),
                                         .scale = at.or_null(e.scale),
                                         .shift = at.or_null(e.shift),
                                         .residual = at.or_null(e.residual),
                                         .relu = e.relu,
                                         .y = at(y)};
  });
  return y;
}

bool is_product(const Shape& w, const Conv2dGeometry& g) {
  return w[1] == 1 && w[2] == 1 && g.stride == 1 && g.padding == 0 && element_count(w) > 0;
}

namespace {

/// A map as a matrix, whose rows are pixels.
Tensor as_rows(const Tensor& map) { return map.reshape({-1, map.dim(3)}); }
GradientTarget as_rows(const GradientTarget& t) { return {as_rows(t.memory), t.adds}; }

}  // namespace

void LoopBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                       const GradientTarget& dx) const {
  if (is_product(w.shape(), g)) return matmul_into(as_rows(dx), as_rows(dy), as_rows(w), false, false);
  write_gradient(dx, [&](const Tensor& out) {
    for_each_map_index(over(out), dy.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::DirectDataGradient<T>{
          .z = convolution_sizes(out.shape(), w.shape(), g), .dy = at(dy), .filter = at(w), .dx = at(out)};
    });
  });
}

void LoopBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                         const GradientTarget& dw) const {
  if (is_product(dw.memory.shape(), g)) return matmul_into(as_rows(dw), as_rows(dy), as_rows(x), true, false);
  write_gradient(dw, [&](const Tensor& out) {
    for_each_map_index(over(out), x.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::DirectWeightGradient<T>{
          .z = convolution_sizes(x.shape(), out.shape(), g), .x = at(x), .dy = at(dy), .dw = at(out)};
    });
  });
}

void LoopBackend::matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                              bool transpose_b) const {
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  const auto run = [&]<class T, class Out>(T, Out) {
    for_each_index(over(out.memory), [&](const Pointers& at) {
      return kernels::DirectProduct<T, Out>{.a = at(a),
                                            .b = at(b),
                                            .m = z.m,
                                            .k = z.k,
                                            .n = z.n,
                                            .a_row = transpose_a ? 1 : z.k,
                                            .a_column = transpose_a ? z.m : 1,
                                            .b_row = transpose_b ? 1 : z.n,
                                            .b_column = transpose_b ? z.k : 1,
                                            .adds = out.adds,
                                            .out = at(out.memory)};
    });
  };
  with_map_type(a.dtype(),
                [&]<class T>(T) { out.memory.dtype() == a.dtype() ? run(T{}, T{}) : run(T{}, kernels::Compute<T>{}); });
}

RowsByValue LoopBackend::rows_by_value(const Tensor& index, int64_t count) const {
  const int64_t rows = index.size();
  const Tensor keys = Tensor::empty({1, rows}, DType::int32, index.device());
  for_each_index(over(keys),
                 [&](const Pointers& at) { return kernels::ValueKey{.value = at(index), .key = at(keys)}; });
  RowsByValue sorted{Tensor::empty({count + 1}, DType::int32, index.device()),
                     smallest(keys, {0, rows}, rows).reshape({rows})};
  for_each_index(over(sorted.first), [&](const Pointers& at) {
    return kernels::RowsBelow{
        .value = at(index), .sorted = at(sorted.positions), .rows = rows, .below = at(sorted.first)};
  });
  return sorted;
}

kernels::KeySegments key_segments(int64_t columns, const std::vector<int64_t>& bounds) {
  kernels::KeySegments s{.columns = columns, .segments = static_cast<int64_t>(bounds.size()) - 1, .bounds = {}};
  if (s.segments < 1 || s.segments > kernels::kMaxSegments)
    throw InternalError("smallest: " + std::to_string(s.segments) + " segments, 1 to " +
                        std::to_string(kernels::kMaxSegments) + " are possible");
  std::copy(bounds.begin(), bounds.end(), s.bounds);
  return s;
}

Tensor LoopBackend::smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const {
  const kernels::KeySegments s = key_segments(keys.dim(1), bounds);
  Tensor smallest = Tensor::full({keys.dim(0), s.segments, max_count}, -1, DType::int32, keys.device());
  for_each_index(over(keys), [&](const Pointers& at) {
    return kernels::RankKey{.s = s, .keys = at(keys), .max_count = max_count, .smallest = at(smallest)};
  });
  return smallest;
}

Tensor LoopBackend::suppressed_boxes(const Tensor& boxes, const Tensor& valid, double threshold) const {
  const int64_t lists = boxes.dim(0), count = boxes.dim(1), words = divide_up(count, kernels::kBoxesPerWord);
  Tensor bits = Tensor::empty({lists, count, words}, DType::int64, boxes.device());
  for_each_index(over(bits), [&](const Pointers& at) {
    return kernels::SuppressedBoxes{.boxes = at(boxes),
                                    .valid = at(valid),
                                    .count = count,
                                    .words = words,
                                    .threshold = static_cast<float>(threshold),
                                    .bits = at(bits)};
  });
  return bits;
}

Tensor LoopBackend::nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const {
  const Device on = boxes.device();
  const Tensor bits = suppressed_boxes(boxes, valid, threshold);
  const int64_t lists = boxes.dim(0), count = boxes.dim(1), words = bits.dim(2);
  const Tensor suppressed = Tensor::zeros({lists, words}, DType::int64, on);
  Tensor stays = Tensor::empty({lists, count}, DType::int32, on);
  for_each_index(DeviceLoop{{on, lists}}, [&](const Pointers& at) {
    return kernels::StayingBoxes{.bits = at(bits),
                                 .valid = at(valid),
                                 .count = count,
                                 .words = words,
                                 .max_count = max_count,
                                 .suppressed = at(suppressed),
                                 .stays = at(stays)};
  });
  return stays;
}

}  // namespace intertwiner
