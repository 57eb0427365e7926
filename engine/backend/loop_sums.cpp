// Sums of all elements and of columns, and batch norm's passes, as loops.
//
// A sum is taken in chunks. The last loop joins the chunks and uses the result; on a GPU it shares the launch of the
// loop before it (engine/kernels/then.h). Most sums are thus one launch.
#include <algorithm>

#include "engine/backend/loop_backend.h"
#include "engine/backend/norm_factors.h"
#include "engine/elementwise.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/then.h"

namespace intertwiner {
namespace {

constexpr int64_t kFan = 128;  // chunks that one index joins; few, since a GPU's threads are many but slow

/// Values of chunks of rows, in float64: chunks × values.
struct Chunks {
  Tensor values;
  int64_t rows;  ///< of each chunk but the last
};

Chunks empty_chunks(int64_t count, int64_t values, int64_t rows, Device on) {
  return {Tensor::empty({count, values}, DType::float64, on), rows};
}

/// With at most kFan chunks nothing is joined in between.
kernels::RowChunks chunks_of(const Tensor& x, const Tensor& valid_count = {}) {
  constexpr int64_t kMinRows = 64, kMaxRows = 256;
  const kernels::PresentRows rows = present_rows(x, valid_count);
  return {.rows = rows, .columns = x.dim(-1), .chunk = std::clamp(divide_up(rows.all, kFan), kMinRows, kMaxRows)};
}

Chunks chunks_for(const kernels::RowChunks& s, int64_t per_column, Device on) {
  return empty_chunks(divide_up(s.rows.all, s.chunk), per_column * s.columns, s.chunk, on);
}

/// How an index function is made, and how many values of chunks each of its indices writes.
template <class Make>
struct ChunkLoop {
  Make make;
  int64_t values;
};
template <class Make>
ChunkLoop(Make, int) -> ChunkLoop<Make>;

/// Runs the index function that `write` makes, which writes `chunks`. Then joins kFan chunks at a time while there are
/// more than kFan. At the end runs the one that `finish` makes from the remaining chunks, over `count` indices.
template <class Write, class Join, class Finish>
void reduce_chunks(Chunks chunks, const ChunkLoop<Write>& write, const ChunkLoop<Join>& join, const Finish& finish,
                   int64_t count) {
  const Device on = chunks.values.device();
  const auto run = [&](const auto& make, const Chunks& to, int64_t values) {
    const int64_t indices = to.values.size() / values;
    if (to.values.dim(0) > kFan)
      return for_each_index(DeviceLoop{{on, indices}}, [&](const Pointers& at) { return make(at, to); });
    for_each_index(DeviceLoop{{on, 1}}, [&](const Pointers& at) {
      return kernels::Then<decltype(make(at, to)), decltype(finish(at, to))>{
          .first = make(at, to), .first_count = indices, .second = finish(at, to), .second_count = count};
    });
  };
  run(write.make, chunks, write.values);
  while (chunks.values.dim(0) > kFan) {
    const Chunks joined =
        empty_chunks(divide_up(chunks.values.dim(0), kFan), chunks.values.dim(1), chunks.rows * kFan, on);
    run([&](const Pointers& at, const Chunks& to) { return join.make(at, chunks, to); }, joined, join.values);
    chunks = joined;
  }
}

/// Adds up the chunks of sums.
template <class Out>
kernels::JoinSums<Out> sum_of_chunks(const Pointers& at, const Chunks& from, const GradientTarget& to) {
  return {.partial = at(from.values),
          .chunks = from.values.dim(0),
          .fan = kFan,
          .columns = from.values.dim(1),
          .adds = to.adds,
          .joined = at(to.memory)};
}
constexpr ChunkLoop kJoinSums{
    [](const Pointers& at, const Chunks& from, const Chunks& to) { return sum_of_chunks<double>(at, from, to.values); },
    1};

/// The sum of x's elements of type T.
template <class T>
Tensor sum_of_elements(const Tensor& x, Summand summand) {
  constexpr int64_t kValuesOfEach = 64, kMaxSums = 1 << 17;
  const int64_t partial = std::clamp<int64_t>(divide_up(x.size(), kValuesOfEach), 1, kMaxSums);
  const Tensor total = Tensor::empty({1}, DType::float64, x.device());
  reduce_chunks(
      empty_chunks(partial, 1, kValuesOfEach, x.device()),
      ChunkLoop{[&](const Pointers& at, const Chunks& to) {
                  return kernels::StridedSum<T>{.x = at(x),
                                                .count = x.size(),
                                                .stride = partial,
                                                .power = summand == Summand::value    ? 1
                                                         : summand == Summand::square ? 2
                                                                                      : 0,
                                                .sums = at(to.values)};
                },
                1},
      kJoinSums, [&](const Pointers& at, const Chunks& from) { return sum_of_chunks<double>(at, from, total); }, 1);
  return total;
}

}  // namespace

Tensor LoopBackend::sum(const Tensor& x, Summand summand) const {
  if (x.dtype() == DType::int32) return sum_of_elements<int32_t>(x, summand);
  return with_float_type(x.dtype(), [&]<class T>(T) { return sum_of_elements<T>(x, summand); });
}

void LoopBackend::column_sums_into(const GradientTarget& sums, const Tensor& x) const {
  const kernels::RowChunks s = chunks_of(x);
  with_map_type(x.dtype(), [&]<class T>(T) {
    reduce_chunks(
        chunks_for(s, 1, x.device()),
        ChunkLoop{[&](const Pointers& at, const Chunks& to) {
                    return kernels::ColumnPartials<T>{.s = s, .x = at(x), .partial = at(to.values)};
                  },
                  1},
        kJoinSums,
        [&](const Pointers& at, const Chunks& from) { return sum_of_chunks<kernels::Compute<T>>(at, from, sums); },
        s.columns);
  });
}

Backend::NormFactors LoopBackend::batch_norm_factors(const NormForward& pass) const {
  const NormFactors factors = empty_factors(pass);
  const kernels::RowChunks s = chunks_of(pass.x, pass.valid_count);
  if (!pass.live) {
    for_each_float_index(DeviceLoop{{pass.x.device(), s.columns}}, pass.gamma.dtype(),
                         [&]<class T>(const Pointers&) { return norm_factors_kernel<T>(pass, {}, 0, factors); });
    return factors;
  }
  const ChunkLoop join{[&](const Pointers& at, const Chunks& from, const Chunks& to) {
                         kernels::RowChunks before = s;
                         before.chunk = from.rows;
                         return kernels::JoinMoments{.from = {.s = before, .values = at(from.values)},
                                                     .chunks = from.values.dim(0),
                                                     .fan = kFan,
                                                     .moments = at(to.values)};
                       },
                       2};
  with_map_type(pass.x.dtype(), [&]<class T>(T) {
    reduce_chunks(
        chunks_for(s, 2, pass.x.device()),
        ChunkLoop{[&](const Pointers& at, const Chunks& to) {
                    return kernels::ChunkMoments<T>{.s = s, .x = at(pass.x), .moments = at(to.values)};
                  },
                  2},
        join,
        [&](const Pointers&, const Chunks& from) {
          return norm_factors_kernel<kernels::Compute<T>>(pass, from.values, from.rows, factors);
        },
        s.columns);
  });
  return factors;
}

Tensor LoopBackend::channel_affine(const Tensor& x, const ChannelAffine& a) const {
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  with_pack({x, a.scale, a.shift, a.residual, y}, x.dim(-1), [&]<int n>(std::integral_constant<int, n>) {
    for_each_map_index(DeviceLoop{{x.device(), y.size() / n}}, x.dtype(), [&]<class T>(const Pointers& at) {
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
                             .dz = writes_dz                 ? in_place_of(pass.dy)
                                   : pass.residual.defined() ? pass.dy
                                                             : Tensor()};
  const Tensor factors = Tensor::empty({3, s.columns}, type, on);
  const Tensor a = factors.slice(0, 1), b = factors.slice(1, 2), d = factors.slice(2, 3);
  with_map_type(map_type, [&]<class T>(T) {
    reduce_chunks(
        chunks_for(s, 2, on),
        ChunkLoop{[&](const Pointers& at, const Chunks& to) {
                    return kernels::NormSums<T>{.s = s, .in = norm_input<T, 1>(pass, at), .sums = at(to.values)};
                  },
                  2},
        kJoinSums,
        [&](const Pointers& at, const Chunks& from) {
          return kernels::NormGradientFactors<kernels::Compute<T>>{.sums = at(from.values),
                                                                   .chunks = from.values.dim(0),
                                                                   .channels = s.columns,
                                                                   .rows = s.rows,
                                                                   .inverse_deviation = at(pass.inverse_deviation),
                                                                   .gamma = at(pass.gamma),
                                                                   .through_statistics = pass.through_statistics,
                                                                   .adds_to_gamma = pass.dgamma.adds,
                                                                   .adds_to_beta = pass.dbeta.adds,
                                                                   .dgamma = at(pass.dgamma.memory),
                                                                   .dbeta = at(pass.dbeta.memory),
                                                                   .a = at(a),
                                                                   .b = at(b),
                                                                   .d = at(d)};
        },
        s.columns);
  });
  const Tensor scale = pass.relu ? pass.scale : Tensor(), shift = pass.relu ? pass.shift : Tensor();
  with_pack({pass.x, pass.dy, pass.residual, scale, shift, pass.mean, factors, result.dx, result.dz}, s.columns,
            [&]<int n>(std::integral_constant<int, n>) {
              const DeviceLoop elements{{on, pass.x.size() / n}};
              for_each_map_index(elements, map_type, [&]<class T>(const Pointers& at) {
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
