#include "engine/backend/loop_backend.h"

#include <algorithm>

#include "engine/backend/present_rows.h"
#include "engine/elementwise.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/rows.h"

namespace intertwiner {
namespace {

constexpr int64_t kChunkRows = 64;  // rows that one index adds up
constexpr int64_t kFan = 32;        // partial sums that one index joins; few, since a GPU's threads are many but slow

// Loops of this class never run on the CPU, which has primitives of its own.
DeviceLoop over(const Tensor& results, int64_t pack = 1) { return {{results.device(), results.size() / pack}}; }

kernels::RowChunks chunks_of(const Tensor& x, const Tensor& valid_count = {}) {
  return {.rows = present_rows(x, valid_count), .columns = x.dim(-1), .chunk = kChunkRows};
}
int64_t count_of(const kernels::RowChunks& s) { return divide_up(s.rows.all, s.chunk); }

Tensor doubles(Shape shape, Device on) { return Tensor::empty(std::move(shape), DType::float64, on); }

/// Number of partial sums for a sum of `count` values.
int64_t partial_count(int64_t count) {
  constexpr int64_t kValuesOfEach = 64, kMaxSums = 1 << 17;
  return std::clamp<int64_t>(divide_up(count, kValuesOfEach), 1, kMaxSums);
}

/// Joins partial sums, chunks × columns, until there are at most kFan chunks.
Tensor few_chunks(Tensor partial) {
  while (partial.dim(0) > kFan) {
    const Tensor joined = doubles({divide_up(partial.dim(0), kFan), partial.dim(1)}, partial.device());
    for_each_index(over(joined), [&](const Pointers& at) {
      return kernels::JoinSums<double>{.partial = at(partial),
                                       .chunks = partial.dim(0),
                                       .fan = kFan,
                                       .columns = partial.dim(1),
                                       .joined = at(joined)};
    });
    partial = joined;
  }
  return partial;
}

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

Tensor LoopBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                         const Shape& x_shape) const {
  Tensor dx = Tensor::empty(x_shape, dy.dtype(), dy.device());
  for_each_map_index(over(dx), dy.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DirectDataGradient<T>{
        .z = convolution_sizes(x_shape, w.shape(), g), .dy = at(dy), .filter = at(w), .dx = at(dx)};
  });
  return dx;
}

Tensor LoopBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                           const Shape& w_shape) const {
  Tensor dw = Tensor::empty(w_shape, x.dtype(), x.device());
  for_each_map_index(over(dw), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DirectWeightGradient<T>{
        .z = convolution_sizes(x.shape(), w_shape, g), .x = at(x), .dy = at(dy), .dw = at(dw)};
  });
  return dw;
}

ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  const bool batched = a.rank() == 3;
  const int64_t k = a.dim(transpose_a ? -2 : -1);
  if (b.rank() != a.rank() || (batched && b.dim(0) != a.dim(0)) || b.dim(transpose_b ? -1 : -2) != k)
    throw UserError("matmul: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " do not fit");
  if (transpose_a && transpose_b) throw InternalError("matmul: both operands transposed");
  return {
      .batch = batched ? a.dim(0) : 1, .m = a.dim(transpose_a ? -1 : -2), .k = k, .n = b.dim(transpose_b ? -2 : -1)};
}

Tensor LoopBackend::matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const {
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  Tensor out = Tensor::empty(a.rank() == 3 ? Shape{z.batch, z.m, z.n} : Shape{z.m, z.n}, a.dtype(), a.device());
  for_each_map_index(over(out), a.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::DirectProduct<T>{.a = at(a),
                                     .b = at(b),
                                     .m = z.m,
                                     .k = z.k,
                                     .n = z.n,
                                     .a_row = transpose_a ? 1 : z.k,
                                     .a_column = transpose_a ? z.m : 1,
                                     .b_row = transpose_b ? 1 : z.n,
                                     .b_column = transpose_b ? z.k : 1,
                                     .out = at(out)};
  });
  return out;
}

namespace {

/// Partial sums of x's elements, of type T. `power` is that of StridedSum.
template <class T>
Tensor partial_sums(const Tensor& x, int power) {
  const Tensor sums = doubles({partial_count(x.size())}, x.device());
  for_each_index(over(sums), [&](const Pointers& at) {
    return kernels::StridedSum<T>{
        .x = at(x), .count = x.size(), .stride = sums.size(), .power = power, .sums = at(sums)};
  });
  return sums;
}

}  // namespace

// Each round adds up the partial sums of the round before.
Tensor LoopBackend::sum(const Tensor& x, Summand summand) const {
  const int power = summand == Summand::value ? 1 : summand == Summand::square ? 2 : 0;
  Tensor sums = x.dtype() == DType::int32
                    ? partial_sums<int32_t>(x, power)
                    : with_float_type(x.dtype(), [&]<class T>(T) { return partial_sums<T>(x, power); });
  while (sums.size() > 1) sums = partial_sums<double>(sums, 1);
  return sums;
}

Tensor LoopBackend::column_sums(const Tensor& x) const {
  const kernels::RowChunks s = chunks_of(x);
  Tensor partial = doubles({count_of(s), s.columns}, x.device());
  Tensor sums = Tensor::empty({s.columns}, compute_type(x.dtype()), x.device());
  for_each_map_index(over(partial), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ColumnPartials<T>{.s = s, .x = at(x), .partial = at(partial)};
  });
  partial = few_chunks(partial);
  for_each_float_index(over(sums), sums.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::JoinSums<T>{
        .partial = at(partial), .chunks = partial.dim(0), .fan = kFan, .columns = s.columns, .joined = at(sums)};
  });
  return sums;
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

ChannelStatistics LoopBackend::channel_statistics(const Tensor& x, const Tensor& valid_count) const {
  const Device on = x.device();
  kernels::RowChunks s = chunks_of(x, valid_count);
  Tensor means = doubles({count_of(s) * s.columns}, on), squares = doubles({count_of(s) * s.columns}, on);
  for_each_map_index(over(means), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ChunkMoments<T>{.s = s, .x = at(x), .mean = at(means), .square = at(squares)};
  });
  // Joins kFan chunks at a time, until there is one.
  for (int64_t chunks = count_of(s), groups = 0; groups != 1; chunks = groups, s.chunk *= kFan) {
    groups = std::max<int64_t>(1, divide_up(chunks, kFan));
    const Tensor joined_means = doubles({groups * s.columns}, on), joined_squares = doubles({groups * s.columns}, on);
    for_each_index(over(joined_means), [&](const Pointers& at) {
      return kernels::JoinMoments{.s = s,
                                  .chunks = chunks,
                                  .fan = kFan,
                                  .means = at(means),
                                  .squares = at(squares),
                                  .mean = at(joined_means),
                                  .square = at(joined_squares)};
    });
    means = joined_means;
    squares = joined_squares;
  }
  return {means, squares};
}

Tensor LoopBackend::channel_affine(const Tensor& x, const ChannelAffine& a) const {
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  with_pack({x, a.scale, a.shift, a.residual, y}, x.dim(-1), [&]<int n>(std::integral_constant<int, n>) {
    for_each_map_index(over(y, n), x.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::AffineMap<T, n>{.x = at(x),
                                      .scale = at(a.scale),
                                      .shift = at(a.shift),
                                      .residual = at.or_null(a.residual),
                                      .channels = x.dim(-1),
                                      .relu = a.relu,
                                      .y = at(y)};
    });
  });
  return y;
}

namespace {

/// Inputs of the passes of batch norm's gradient, N channels at a time.
template <class T, int N>
kernels::NormInput<T, N> norm_input(const Backend::NormBackward& pass, const Pointers& at) {
  return {.x = at(pass.x),
          .dy = at(pass.dy),
          .scale = at.or_null(pass.relu ? pass.scale : Tensor()),
          .shift = at.or_null(pass.relu ? pass.shift : Tensor()),
          .residual = at.or_null(pass.residual),
          .mean = at(pass.mean),
          .channels = pass.x.dim(-1)};
}

}  // namespace

Backend::NormGradients LoopBackend::batch_norm_backward(NormBackward pass) const {
  const Device on = pass.x.device();
  const DType map_type = pass.x.dtype(), type = compute_type(map_type);
  const kernels::RowChunks s = chunks_of(pass.x, pass.valid_count);
  const bool writes_dz = pass.residual.defined() && pass.relu;
  const NormGradients result{.dx = in_place_of(pass.x),
                             .dgamma = Tensor::empty({s.columns}, type, on),
                             .dbeta = Tensor::empty({s.columns}, type, on),
                             .dz = writes_dz                 ? in_place_of(pass.dy)
                                   : pass.residual.defined() ? pass.dy
                                                             : Tensor()};
  Tensor sums = doubles({count_of(s), 2 * s.columns}, on);
  for_each_map_index(over(sums, 2), map_type, [&]<class T>(const Pointers& at) {
    return kernels::NormSums<T>{.s = s, .in = norm_input<T, 1>(pass, at), .sums = at(sums)};
  });
  sums = few_chunks(sums);
  const Tensor factors = Tensor::empty({3, s.columns}, type, on);
  const Tensor a = factors.slice(0, 1), b = factors.slice(1, 2), d = factors.slice(2, 3);
  for_each_float_index(over(a), type, [&]<class T>(const Pointers& at) {
    return kernels::NormGradientFactors<T>{.sums = at(sums),
                                           .chunks = sums.dim(0),
                                           .channels = s.columns,
                                           .rows = s.rows,
                                           .inverse_deviation = at(pass.inverse_deviation),
                                           .gamma = at(pass.gamma),
                                           .through_statistics = pass.through_statistics,
                                           .dgamma = at(result.dgamma),
                                           .dbeta = at(result.dbeta),
                                           .a = at(a),
                                           .b = at(b),
                                           .d = at(d)};
  });
  const Tensor scale = pass.relu ? pass.scale : Tensor(), shift = pass.relu ? pass.shift : Tensor();
  with_pack({pass.x, pass.dy, pass.residual, scale, shift, pass.mean, factors, result.dx, result.dz}, s.columns,
            [&]<int n>(std::integral_constant<int, n>) {
              for_each_map_index(over(pass.x, n), map_type, [&]<class T>(const Pointers& at) {
                return kernels::NormGradient<T, n>{.in = norm_input<T, n>(pass, at),
                                                   .rows = s.rows,
                                                   .a = at(a),
                                                   .b = at(b),
                                                   .d = at(d),
                                                   .dx = at(result.dx),
                                                   .dz = at.or_null(writes_dz ? result.dz : Tensor())};
              });
            });
  return result;
}

}  // namespace intertwiner
