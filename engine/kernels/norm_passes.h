// Index functions of batch normalisation's passes over a map, whose rows are pixels. Sums as in engine/kernels/sums.h.
#pragma once
#include "engine/kernels/sums.h"

namespace intertwiner::kernels {

/// Mean and sum of squared deviations of one chunk; the index is (chunk, channel).
template <class T>
struct ChunkMoments {
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

/// Those of up to `fan` chunks of `chunks` joined by Chan, Golub and LeVeque's formula; the index is (group, channel).
/// Of the last group that there is, the sum of squares becomes the variance.
struct JoinMoments {
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

/// (x · scale + shift + residual), then ReLU; the index is an element.
template <class T>
struct ChannelAffine {
  const T* x;
  const Compute<T>*scale, *shift;
  const T* residual;  // null: none
  int64_t channels;
  bool relu;
  T* y;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t c = i % channels;
    const Compute<T> value = x[i] * scale[c] + shift[c], sum = residual ? value + residual[i] : value;
    y[i] = relu && sum < 0 ? Compute<T>{0} : sum;
  }
};

/// What the backward pass reads, and dz: dy where the ReLU let its input through.
template <class T>
struct NormInput {
  const T *x, *dy;
  const Compute<T>*scale, *shift;  // scale null: no ReLU
  const T* residual;               // null: none
  const double* mean;
  int64_t channels;

  INTERTWINER_HD T dz(int64_t i) const {
    if (!scale) return dy[i];
    const int64_t c = i % channels;
    const Compute<T> value = x[i] * scale[c] + shift[c], sum = residual ? value + residual[i] : value;
    return sum > 0 ? dy[i] : T{0};
  }
  INTERTWINER_HD Compute<T> centred(int64_t i) const { return x[i] - static_cast<Compute<T>>(mean[i % channels]); }
};

/// Σ dz of each channel and then Σ dz·(x − mean) of each, of one chunk; the index is (chunk, channel).
template <class T>
struct NormSums {
  RowChunks s;
  NormInput<T> in;
  double* sums;

  INTERTWINER_HD void operator()(int64_t index) const {
    double sum = 0, product = 0;
    for (int64_t r = s.begin(index); r < s.end(index); ++r) {
      const int64_t i = r * s.columns + s.column(index);
      const Compute<T> dz = in.dz(i);
      sum += dz;
      product += static_cast<double>(dz) * in.centred(i);
    }
    double* out = sums + index / s.columns * 2 * s.columns + s.column(index);
    out[0] = sum;
    out[s.columns] = product;
  }
};

/// dx = a·dz + b·(x − mean) + d with these factors; the index is a channel. One row or none has no statistics of its
/// own for a gradient to go through.
template <class T>
struct NormGradientFactors {
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

/// The index is an element; dx may lie over x, dz (null: not wanted) over dy. Rows that are not there get none.
template <class T>
struct NormGradient {
  NormInput<T> in;
  PresentRows rows;
  const Compute<T>*a, *b, *d;
  T *dx, *dz;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t c = i % in.channels;
    const bool present = i / in.channels < rows();
    const Compute<T> gradient = present ? in.dz(i) : T{0};
    dx[i] = present ? a[c] * gradient + b[c] * in.centred(i) + d[c] : Compute<T>{0};
    if (dz) dz[i] = gradient;
  }
};

}  // namespace intertwiner::kernels
