#include "engine/backend/loop_backend.h"

#include <algorithm>

#include "engine/backend/loop.h"
#include "engine/kernels/direct_products.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/roi_align.h"
#include "engine/ops/elementwise.h"

namespace intertwiner {
namespace {

constexpr int64_t kGrain = 256;
constexpr int64_t kChunkRows = 64;  // that one index adds up
constexpr int64_t kFan = 32;        // partial sums that one index joins: a GPU's thread is slow, and there are many

kernels::ConvolutionSizes sizes_of(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return {x[1],
          x[2],
          x[3],
          w[0],
          w[1],
          w[2],
          conv2d_output_size(x[1], w[1], g),
          conv2d_output_size(x[2], w[2], g),
          x[0],
          g.stride,
          g.padding,
          g.dilation};
}

kernels::RowChunks chunks_of(const Tensor& x, const Tensor& members = {}) {
  return {present_rows(x, members), x.dim(-1), kChunkRows};
}
int64_t count_of(const kernels::RowChunks& s) { return divide_up(s.rows.all, s.chunk); }

template <class T>
const T* pointer(const Tensor& x, Device on) {
  return x.defined() ? x.data<T>(on) : nullptr;
}

Tensor doubles(Shape shape, Device on) { return Tensor::empty(std::move(shape), DType::float64, on); }

/// Into how many parts a sum of so many values is cut.
int64_t parts_of(int64_t count) {
  constexpr int64_t kOfEach = 64, kMost = 1 << 17;
  return std::clamp<int64_t>(divide_up(count, kOfEach), 1, kMost);
}

/// Partial sums, chunks × columns, joined until no more than kFan chunks are left.
Tensor few_chunks(Tensor partial) {
  while (partial.dim(0) > kFan) {
    const Device on = partial.device();
    const Tensor joined = doubles({divide_up(partial.dim(0), kFan), partial.dim(1)}, on);
    for_each_index(on, joined.size(), kGrain,
                   kernels::JoinSums<double>{partial.data<double>(on), partial.dim(0), kFan, partial.dim(1),
                                             joined.data<double>(on)});
    partial = joined;
  }
  return partial;
}

}  // namespace

Tensor LoopBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g, const Conv2dEpilogue& e) const {
  const Device on = x.device();
  const kernels::ConvolutionSizes z = sizes_of(x.shape(), w.shape(), g);
  Tensor y = Tensor::empty({z.n, z.p, z.q, z.k}, x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, y.size(), kGrain,
                   kernels::DirectConvolution<T>{
                       z, x.data<T>(on), w.data<T>(on), pointer<kernels::Compute<T>>(e.scale, on),
                       pointer<kernels::Compute<T>>(e.shift, on), pointer<T>(e.residual, on), e.relu, y.data<T>(on)});
  });
  return y;
}

Tensor LoopBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                         const Shape& x_shape) const {
  const Device on = dy.device();
  Tensor dx = Tensor::empty(x_shape, dy.dtype(), on);
  with_map_type(dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(
        on, dx.size(), kGrain,
        kernels::DirectDataGradient<T>{sizes_of(x_shape, w.shape(), g), dy.data<T>(on), w.data<T>(on), dx.data<T>(on)});
  });
  return dx;
}

Tensor LoopBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                           const Shape& w_shape) const {
  const Device on = x.device();
  Tensor dw = Tensor::empty(w_shape, x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, dw.size(), kGrain,
                   kernels::DirectWeightGradient<T>{sizes_of(x.shape(), w_shape, g), x.data<T>(on), dy.data<T>(on),
                                                    dw.data<T>(on)});
  });
  return dw;
}

ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  const bool batched = a.rank() == 3;
  const int64_t k = a.dim(transpose_a ? -2 : -1);
  if (b.rank() != a.rank() || (batched && b.dim(0) != a.dim(0)) || b.dim(transpose_b ? -1 : -2) != k)
    throw UserError("matmul: shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + " do not fit");
  if (transpose_a && transpose_b) throw InternalError("matmul: both operands transposed");
  return {batched ? a.dim(0) : 1, a.dim(transpose_a ? -1 : -2), k, b.dim(transpose_b ? -2 : -1)};
}

Tensor LoopBackend::matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const {
  const Device on = a.device();
  const ProductSizes z = product_sizes(a, b, transpose_a, transpose_b);
  Tensor out = Tensor::empty(a.rank() == 3 ? Shape{z.batch, z.m, z.n} : Shape{z.m, z.n}, a.dtype(), on);
  with_map_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, out.size(), kGrain,
                   kernels::DirectProduct<T>{a.data<T>(on), b.data<T>(on), z.m, z.k, z.n, transpose_a ? 1 : z.k,
                                             transpose_a ? z.m : 1, transpose_b ? 1 : z.n, transpose_b ? z.k : 1,
                                             out.data<T>(on)});
  });
  return out;
}

// In rounds, each with fewer indices than the one before.
Tensor LoopBackend::sum(const Tensor& x, Summand summand) const {
  const Device on = x.device();
  const auto part_sums = [&](const auto* from, int64_t count, int64_t parts, int power) {
    const Tensor sums = doubles({parts}, on);
    using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    for_each_index(on, parts, kGrain, kernels::StridedSum<T>{from, count, parts, power, sums.data<double>(on)});
    return sums;
  };
  const int power = summand == Summand::value ? 1 : summand == Summand::square ? 2 : 0;
  Tensor sums;
  if (x.dtype() == DType::int32)
    sums = part_sums(static_cast<const int32_t*>(x.data<int32_t>(on)), x.size(), parts_of(x.size()), power);
  else
    with_float_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      sums = part_sums(static_cast<const T*>(x.data<T>(on)), x.size(), parts_of(x.size()), power);
    });
  while (sums.size() > 1)
    sums = part_sums(static_cast<const double*>(sums.data<double>(on)), sums.size(), parts_of(sums.size()), 1);
  return sums;
}

Tensor LoopBackend::column_sums(const Tensor& x) const {
  const Device on = x.device();
  const kernels::RowChunks s = chunks_of(x);
  Tensor partial = doubles({count_of(s), s.columns}, on);
  Tensor sums = Tensor::empty({s.columns}, compute_type(x.dtype()), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, partial.size(), kGrain, kernels::ColumnPartials<T>{s, x.data<T>(on), partial.data<double>(on)});
    partial = few_chunks(partial);
    for_each_index(on, s.columns, kGrain,
                   kernels::JoinSums<kernels::Compute<T>>{partial.data<double>(on), partial.dim(0), kFan, s.columns,
                                                          sums.data<kernels::Compute<T>>(on)});
  });
  return sums;
}

RowsByValue LoopBackend::rows_by_value(const Tensor& index, int64_t count) const {
  const Device on = index.device();
  const RowsByValue rows{Tensor::empty({count + 1}, DType::int32, on), Tensor::empty({index.size()}, DType::int32, on)};
  const int32_t* value = index.data<int32_t>(on);
  int32_t* first = rows.first.data<int32_t>(on);
  for_each_index(on, count + 1, kGrain, kernels::RowsBelow{value, index.size(), first});
  for_each_index(on, index.size(), kGrain, kernels::PlaceOfRow{value, first, rows.places.data<int32_t>(on)});
  return rows;
}

kernels::KeySegments key_segments(int64_t columns, const std::vector<int64_t>& bounds) {
  kernels::KeySegments s{columns, static_cast<int64_t>(bounds.size()) - 1, {}};
  if (s.segments < 1 || s.segments > kernels::kMostSegments)
    throw InternalError("smallest: " + std::to_string(s.segments) + " segments, 1 to " +
                        std::to_string(kernels::kMostSegments) + " are possible");
  std::copy(bounds.begin(), bounds.end(), s.bounds);
  return s;
}

Tensor LoopBackend::smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t most) const {
  const Device on = keys.device();
  const kernels::KeySegments s = key_segments(keys.dim(1), bounds);
  Tensor chosen = Tensor::full({keys.dim(0), s.segments, most}, -1, DType::int32, on);
  for_each_index(on, keys.size(), kGrain,
                 kernels::PlaceByRank{s, keys.data<int32_t>(on), most, chosen.data<int32_t>(on)});
  return chosen;
}

Tensor LoopBackend::suppressed_boxes(const Tensor& boxes, const Tensor& valid, double threshold) const {
  const Device on = boxes.device();
  const int64_t lists = boxes.dim(0), count = boxes.dim(1), words = divide_up(count, kernels::kBoxesPerWord);
  Tensor bits = Tensor::empty({lists, count, words}, DType::int64, on);
  for_each_index(on, bits.size(), kGrain,
                 kernels::SuppressedBoxes{boxes_of(boxes, on), valid.data<int32_t>(on), count, words,
                                          static_cast<float>(threshold), bits.data<int64_t>(on)});
  return bits;
}

Tensor LoopBackend::nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t most) const {
  const Device on = boxes.device();
  const Tensor bits = suppressed_boxes(boxes, valid, threshold);
  const int64_t lists = boxes.dim(0), count = boxes.dim(1), words = bits.dim(2);
  const Tensor gone = Tensor::zeros({lists, words}, DType::int64, on);
  Tensor stays = Tensor::empty({lists, count}, DType::int32, on);
  for_each_index(on, lists, 1,
                 kernels::StayingBoxes{bits.data<int64_t>(on), valid.data<int32_t>(on), count, words, most,
                                       gone.data<int64_t>(on), stays.data<int32_t>(on)});
  return stays;
}

ChannelStatistics LoopBackend::channel_statistics(const Tensor& x, const Tensor& members) const {
  const Device on = x.device();
  kernels::RowChunks s = chunks_of(x, members);
  Tensor means = doubles({count_of(s) * s.columns}, on), squares = doubles({count_of(s) * s.columns}, on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, means.size(), kGrain,
                   kernels::ChunkMoments<T>{s, x.data<T>(on), means.data<double>(on), squares.data<double>(on)});
  });
  // Joined some at a time, as long as there is more than one.
  for (int64_t chunks = count_of(s), groups = 0; groups != 1; chunks = groups, s.chunk *= kFan) {
    groups = std::max<int64_t>(1, divide_up(chunks, kFan));
    const Tensor joined_means = doubles({groups * s.columns}, on), joined_squares = doubles({groups * s.columns}, on);
    for_each_index(on, joined_means.size(), kGrain,
                   kernels::JoinMoments{s, chunks, kFan, means.data<double>(on), squares.data<double>(on),
                                        joined_means.data<double>(on), joined_squares.data<double>(on)});
    means = joined_means;
    squares = joined_squares;
  }
  return {means, squares};
}

Tensor LoopBackend::channel_affine(const Tensor& x, const Tensor& scale, const Tensor& shift, const Tensor& residual,
                                   bool relu) const {
  const Device on = x.device();
  Tensor y = Tensor::empty(x.shape(), x.dtype(), on);
  with_map_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    with_pack({x, scale, shift, residual, y}, x.dim(-1), [&](auto n) {
      for_each_index(on, y.size() / n, kElementGrain,
                     kernels::ChannelAffine<T, n>{x.data<T>(on), scale.data<kernels::Compute<T>>(on),
                                                  shift.data<kernels::Compute<T>>(on), pointer<T>(residual, on),
                                                  x.dim(-1), relu, y.data<T>(on)});
    });
  });
  return y;
}

Backend::NormGradients LoopBackend::batch_norm_backward(NormBackward pass) const {
  const Device on = pass.x.device();
  const DType type = compute_type(pass.x.dtype());
  const kernels::RowChunks s = chunks_of(pass.x, pass.members);
  const bool adds = pass.residual.defined();
  const NormGradients result{in_place_of(pass.x), Tensor::empty({s.columns}, type, on),
                             Tensor::empty({s.columns}, type, on),
                             !adds       ? Tensor()
                             : pass.relu ? in_place_of(pass.dy)
                                         : pass.dy};
  Tensor sums = doubles({count_of(s), 2 * s.columns}, on);
  const Tensor factors = Tensor::empty({3, s.columns}, type, on);
  with_map_type(pass.x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using C = kernels::Compute<T>;
    const auto input = [&](auto n) {
      return kernels::NormInput<T, n>{pass.x.data<T>(on),
                                      pass.dy.data<T>(on),
                                      pass.relu ? pass.scale.data<C>(on) : nullptr,
                                      pass.relu ? pass.shift.data<C>(on) : nullptr,
                                      pointer<T>(pass.residual, on),
                                      pass.mean.data<double>(on),
                                      s.columns};
    };
    C* a = factors.data<C>(on);
    for_each_index(on, sums.size() / 2, kGrain,
                   kernels::NormSums<T>{s, input(std::integral_constant<int, 1>()), sums.data<double>(on)});
    sums = few_chunks(sums);
    for_each_index(on, s.columns, kGrain,
                   kernels::NormGradientFactors<C>{sums.data<double>(on), sums.dim(0), s.columns, s.rows,
                                                   pass.inverse_deviation.data<double>(on), pass.gamma.data<C>(on),
                                                   pass.through_statistics, result.dgamma.data<C>(on),
                                                   result.dbeta.data<C>(on), a, a + s.columns, a + 2 * s.columns});
    const Tensor scale = pass.relu ? pass.scale : Tensor(), shift = pass.relu ? pass.shift : Tensor();
    with_pack({pass.x, pass.dy, pass.residual, scale, shift, pass.mean, factors, result.dx, result.dz}, s.columns,
              [&](auto n) {
                for_each_index(on, pass.x.size() / n, kElementGrain,
                               kernels::NormGradient<T, n>{input(n), s.rows, a, a + s.columns, a + 2 * s.columns,
                                                           result.dx.data<T>(on),
                                                           adds && pass.relu ? result.dz.data<T>(on) : nullptr});
              });
  });
  return result;
}

Tensor LoopBackend::roi_align(const std::vector<Tensor>& maps, const std::vector<double>& scales, const Tensor& regions,
                              const Tensor& image, const Tensor& level, const RoiAlignGeometry& g) const {
  constexpr int64_t kLanes = 4;
  const Device on = regions.device();
  const int64_t bins = g.output_size, channels = maps[0].dim(3);
  Tensor out = Tensor::empty({regions.dim(0), bins, bins, channels}, compute_type(maps[0].dtype()), on);
  with_map_type(maps[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, regions.dim(0) * bins * bins * divide_up(channels, kLanes), 64,
                   roi_align_kernel<T>(maps, scales, {regions, image, level}, g, kLanes, out));
  });
  return out;
}

std::vector<Tensor> LoopBackend::roi_align_backward(const std::vector<Shape>& map_shapes,
                                                    const std::vector<double>& scales, const Tensor& regions,
                                                    const Tensor& image, const Tensor& level, const RoiAlignGeometry& g,
                                                    const Tensor& dy) const {
  constexpr int64_t kLanes = 8;  // of 256 channels: a warp's threads have one pixel, and take the same turns
  const Device on = dy.device();
  std::vector<Tensor> gradients;
  for (size_t l = 0; l < map_shapes.size(); ++l) {
    const Shape& shape = map_shapes[l];
    const Tensor dx = Tensor::empty(shape, dy.dtype(), on);
    with_float_type(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for_each_index(on, shape[0] * shape[1] * shape[2] * divide_up(shape[3], kLanes), 16,
                     kernels::RoiAlignGradient<T>{
                         regions.data<T>(on), dy.data<T>(on), image.data<int32_t>(on), level.data<int32_t>(on),
                         regions.dim(0), g.output_size, g.sampling_ratio, shape[3], kLanes, shape[1], shape[2],
                         static_cast<int32_t>(l), static_cast<T>(scales[l]), g.aligned, dx.data<T>(on)});
    });
    gradients.push_back(dx);
  }
  return gradients;
}

}  // namespace intertwiner
