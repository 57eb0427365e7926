// Index functions of batch normalisation's passes over a map, whose rows are pixels. Sums as in engine/kernels/sums.h.
#pragma once
#include "engine/kernels/named_fields.h"
#include "engine/kernels/pack.h"
#include "engine/kernels/sums.h"

namespace intertwiner::kernels {

/// Mean and sum of squared deviations of one chunk; the index is (chunk, channel).
template <class T>
struct ChunkMoments {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  const T* x;
  double *mean, *square;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t begin = s.begin(index), end = s.end(index), c = s.column(index);
    double sum = 0, squares = 0;
    for (int64_t r = begin; r < end; ++r) sum += x[r * s.columns + c];
    const double average = end > begin ? sum / static_cast<double>(end - begin) : 0;
    for (int64_t r = begin; r < end; ++r) {
      const double deviation = x[r * s.columns + c] - average;
      squares += deviation * deviation;
    }
    mean[index] = average;
    square[index] = squares;
  }
};

/// Joins the moments of up to `fan` of `chunks` chunks by Chan, Golub and LeVeque's formula. The index is (group,
/// channel). Where one group is left, the sum of squares becomes the variance.
struct JoinMoments {
  [[no_unique_address]] NamedFields named{};
  RowChunks s;
  int64_t chunks, fan;
  const double *means, *squares;
  double *mean, *square;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t c = s.column(index), first = index / s.columns * fan;
    const int64_t last = first + fan < chunks ? first + fan : chunks;
    double average = 0, sum = 0, joined = 0;
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const int64_t at = chunk * s.columns + c;
      if (s.end(at) <= s.begin(at)) break;
      const double count = static_cast<double>(s.end(at) - s.begin(at)), total = joined + count,
                   difference = means[at] - average;
      average += difference * count / total;
      sum += squares[at] + difference * difference * joined * count / total;
      joined = total;
    }
    mean[index] = average;
    square[index] = chunks > fan || joined == 0 ? sum : sum / joined;
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
    const int64_t part = i % (channels / N);
    const auto factors = read_pack<N>(scale, part), shifts = read_pack<N>(shift, part);
    const auto in = read_pack<N>(x, i), other = residual ? read_pack<N>(residual, i) : Pack<T, N>{};
    Pack<T, N> out;
    for (int k = 0; k < N; ++k) {
      const Compute<T> value = in.at[k] * factors.at[k] + shifts.at[k], sum = residual ? value + other.at[k] : value;
      out.at[k] = relu && sum < 0 ? Compute<T>{0} : sum;
    }
    write_pack<N>(y, i, out);
  }
};

/// What the backward pass reads for N channels of a row: x − mean, and dz, which is dy where the ReLU's input was
/// positive.
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
  INTERTWINER_HD Elements operator()(int64_t i) const {
    const int64_t part = i % (channels / N);
    const auto in = read_pack<N>(x, i);
    const auto means = read_pack<N>(mean, part);
    Elements out{read_pack<N>(dy, i), {}};
    for (int k = 0; k < N; ++k) out.centred.at[k] = in.at[k] - static_cast<Compute<T>>(means.at[k]);
    if (!scale) return out;
    const auto factors = read_pack<N>(scale, part), shifts = read_pack<N>(shift, part);
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
    double sum = 0, product = 0;
    for (int64_t r = s.begin(index); r < s.end(index); ++r) {
      const int64_t i = r * s.columns + s.column(index);
      const auto element = in(i);
      const Compute<T> dz = element.dz.at[0];
      sum += dz;
      product += static_cast<double>(dz) * element.centred.at[0];
    }
    double* out = sums + index / s.columns * 2 * s.columns + s.column(index);
    out[0] = sum;
    out[s.columns] = product;
  }
};

/// The factors in dx = a·dz + b·(x − mean) + d. The index is a channel. At most one row was normalised by running
/// statistics, through which no gradient goes.
template <class T>
struct NormGradientFactors {
  [[no_unique_address]] NamedFields named{};
  const double* sums;  // chunks × (of dz, of products) × channels
  int64_t chunks, channels;
  PresentRows rows;
  const double* inverse_deviation;
  const T* gamma;
  bool through_statistics;
  T *dgamma, *dbeta, *a, *b, *d;

  INTERTWINER_HD void operator()(int64_t c) const {
    double sum = 0, product = 0;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      sum += sums[2 * chunk * channels + c];
      product += sums[(2 * chunk + 1) * channels + c];
    }
    const double inverse = inverse_deviation[c], factor = gamma[c] * inverse, count = static_cast<double>(rows());
    const bool through = through_statistics && count > 1;
    dbeta[c] = static_cast<T>(sum);
    dgamma[c] = static_cast<T>(product * inverse);
    a[c] = static_cast<T>(factor);
    b[c] = through ? static_cast<T>(-factor * product * inverse * inverse / count) : T{0};
    d[c] = through ? static_cast<T>(-factor * sum / count) : T{0};
  }
};

/// The index is N channels of a row. dx may be written over x, and dz (null: not wanted) over dy. Rows beyond those
/// that are there get 0.
template <class T, int N>
struct NormGradient {
  [[no_unique_address]] NamedFields named{};
  NormInput<T, N> in;
  PresentRows rows;
  const Compute<T>*a, *b, *d;
  T *dx, *dz;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t parts = in.channels / N, part = i % parts;
    Pack<T, N> to_x{}, to_z{};
    if (i / parts < rows()) {
      const auto elements = in(i);
      const auto as = read_pack<N>(a, part), bs = read_pack<N>(b, part), ds = read_pack<N>(d, part);
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
