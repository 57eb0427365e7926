// Index functions of batch norm's passes over a map, whose rows are pixels. Sums are those of engine/kernels/sums.h.
#pragma once
#include "engine/kernels/named_fields.h"
#include "engine/kernels/pack.h"
#include "engine/kernels/sums.h"

namespace intertwiner::kernels {

/// Mean and sum of squared deviations of one chunk; the index is (chunk, channel). One pass: it adds up the differences
/// to the first row, so nothing is lost if the mean is much greater than the deviation.
template <class T>
struct ChunkMoments {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  const T* x;
  double* moments;  // as in Moments

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t begin = s.begin(index), end = s.end(index), c = s.column(index);
    double* out = moments + index / s.columns * 2 * s.columns + c;
    out[0] = out[s.columns] = 0;
    if (end <= begin) return;
    const double first = x[begin * s.columns + c], count = static_cast<double>(end - begin);
    double sum = 0, squares = 0;
    INTERTWINER_UNROLL
    for (int64_t r = begin; r < end; ++r) {
      const double difference = x[r * s.columns + c] - first;
      sum += difference;
      squares += difference * difference;
    }
    out[0] = first + sum / count;
    out[s.columns] = squares - sum * sum / count;
  }
};

/// Joins neighbouring groups of `fan` of `chunks` chunks; the index is (group, channel).
struct JoinMoments {
  [[no_unique_address]] NamedFields named{};
  Moments from;
  int64_t chunks, fan;
  double* moments;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t columns = from.s.columns, group = index / columns, first = group * fan;
    const int64_t last = first + fan < chunks ? first + fan : chunks;
    const Moments::Joined joined = from.joined(first, last, index % columns);
    double* out = moments + 2 * group * columns + index % columns;
    out[0] = joined.mean;
    out[columns] = joined.square;
  }
};

/// relu(x · scale + shift + residual). The index is N neighbouring channels of a row; N divides the number of channels.
template <class T, int N>
struct AffineMap {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const Compute<T>*scale, *shift;
  const T* residual;  // null: none
  int64_t channels;
  bool relu;
  T* y;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t group = i % (channels / N);
    const auto factors = read_pack<N>(scale, group), shifts = read_pack<N>(shift, group);
    const auto in = read_pack<N>(x, i), other = residual ? read_pack<N>(residual, i) : Pack<T, N>{};
    Pack<T, N> out;
    for (int k = 0; k < N; ++k) {
      const Compute<T> value = in.at[k] * factors.at[k] + shifts.at[k], sum = residual ? value + other.at[k] : value;
      out.at[k] = relu && sum < 0 ? Compute<T>{0} : sum;
    }
    write_pack<N>(y, i, out);
  }
};

/// Inputs of the backward pass for N channels of a row: x − mean, and dz. dz is dy where the ReLU's input is positive,
/// else 0.
template <class T, int N>
struct NormInput {
  [[no_unique_address]] NamedFields named{};
  const T *x, *dy;
  const Compute<T>*scale, *shift;  // scale null: no ReLU
  const T* residual;               // null: none
  const double* mean;
  int64_t channels;

  struct Elements {
    Pack<T, N> dz;
    Pack<Compute<T>, N> centred;  ///< x − mean
  };
  /// `group` is i % (channels / N). It is an argument because a loop over rows divides only once.
  INTERTWINER_HD Elements operator()(int64_t i, int64_t group) const {
    const auto in = read_pack<N>(x, i);
    const auto means = read_pack<N>(mean, group);
    Elements out{read_pack<N>(dy, i), {}};
    for (int k = 0; k < N; ++k) out.centred.at[k] = in.at[k] - static_cast<Compute<T>>(means.at[k]);
    if (!scale) return out;
    const auto factors = read_pack<N>(scale, group), shifts = read_pack<N>(shift, group);
    const auto other = residual ? read_pack<N>(residual, i) : Pack<T, N>{};
    for (int k = 0; k < N; ++k) {
      const Compute<T> value = in.at[k] * factors.at[k] + shifts.at[k], sum = residual ? value + other.at[k] : value;
      if (!(sum > 0)) out.dz.at[k] = T{0};
    }
    return out;
  }
};

/// Σ dz of each channel and then Σ dz·(x − mean) of each, of one chunk; the index is (chunk, channel).
template <class T>
struct NormSums {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  NormInput<T, 1> in;
  double* sums;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t end = s.end(index), column = s.column(index);
    double sum = 0, product = 0;
    for (int64_t r = s.begin(index); r < end; ++r) {
      const auto element = in(r * s.columns + column, column);
      const Compute<T> dz = element.dz.at[0];
      sum += dz;
      product += static_cast<double>(dz) * element.centred.at[0];
    }
    double* out = sums + index / s.columns * 2 * s.columns + column;
    out[0] = sum;
    out[s.columns] = product;
  }
};

/// The factors in dx = a·dz + b·(x − mean) + d. The index is a channel. With at most one row, the statistics were the
/// running ones, and no gradient passes through them.
template <class T>
struct NormGradientFactors {
  [[no_unique_address]] NamedFields named{};
  const double* sums;  // chunks × (of dz, of products) × channels
  int64_t chunks, channels;
  PresentRows rows;
  const double* inverse_deviation;
  const T* gamma;
  bool through_statistics, adds_to_gamma, adds_to_beta;
  T *dgamma, *dbeta, *a, *b, *d;

  INTERTWINER_HD void operator()(int64_t c) const {
    double sum = 0, product = 0;
    INTERTWINER_UNROLL
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      sum += sums[2 * chunk * channels + c];
      product += sums[(2 * chunk + 1) * channels + c];
    }
    const double inverse = inverse_deviation[c], factor = gamma[c] * inverse, count = static_cast<double>(rows());
    const bool through = through_statistics && count > 1;
    const T to_beta = static_cast<T>(sum), to_gamma = static_cast<T>(product * inverse);
    dbeta[c] = adds_to_beta ? dbeta[c] + to_beta : to_beta;
    dgamma[c] = adds_to_gamma ? dgamma[c] + to_gamma : to_gamma;
    a[c] = static_cast<T>(factor);
    b[c] = through ? static_cast<T>(-factor * product * inverse * inverse / count) : T{0};
    d[c] = through ? static_cast<T>(-factor * sum / count) : T{0};
  }
};

/// The index is N channels of a row. dx may be written over x, and dz (null: not needed) over dy. Rows beyond the valid
/// ones get 0.
template <class T, int N>
struct NormGradient {
  [[no_unique_address]] NamedFields named{};
  NormInput<T, N> in;
  PresentRows rows;
  const Compute<T>*a, *b, *d;
  T *dx, *dz;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t groups = in.channels / N, group = i % groups;
    Pack<T, N> to_x{}, to_z{};
    if (i / groups < rows()) {
      const auto elements = in(i, group);
      const auto as = read_pack<N>(a, group), bs = read_pack<N>(b, group), ds = read_pack<N>(d, group);
      to_z = elements.dz;
      for (int k = 0; k < N; ++k) {
        const Compute<T> gradient = to_z.at[k];
        to_x.at[k] = as.at[k] * gradient + bs.at[k] * elements.centred.at[k] + ds.at[k];
      }
    }
    write_pack<N>(dx, i, to_x);
    if (dz) write_pack<N>(dz, i, to_z);
  }
};

}  // namespace intertwiner::kernels
