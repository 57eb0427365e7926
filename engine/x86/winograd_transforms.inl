// The transformations of winograd.h: on registers in one dimension, then in two dimensions.
//
// The points are 0, ±p, ±q. So each pair of rows is the sum and the difference of an even and an odd term.
#include "engine/x86/simd.h"
#include "engine/x86/winograd_transforms.h"

namespace intertwiner::cpu::x86::INTERTWINER_ISA {
namespace {

constexpr double p = 0.75, q = 1.5, p2 = p * p, q2 = q * q;
// The scale of each point, applied to the filter: the product of its differences from the other points.
constexpr double f0 = p2 * q2, fp = 2 * p2 * (p2 - q2), fq = 2 * q2 * (q2 - p2);

template <class T>
inline __attribute__((always_inline)) auto times(double factor, typename Simd<T>::Register x) {
  return x * static_cast<T>(factor);
}
template <class T>
inline __attribute__((always_inline)) auto times_plus(double factor, typename Simd<T>::Register x,
                                                      typename Simd<T>::Register addend) {
  const T value = static_cast<T>(factor);
  return Simd<T>::fma(Simd<T>::broadcast(&value), x, addend);
}

// Bᵀ: 6 pixels to 6 points.
template <class T>
struct Source {
  static constexpr int kIn = 6, kOut = 6;
  using V = typename Simd<T>::Register;
  static inline __attribute__((always_inline)) void apply(const V* d, V* u) {
    const V even_p = times_plus<T>(-q2, d[2], d[4]), odd_p = times<T>(p, times_plus<T>(-q2, d[1], d[3]));
    const V even_q = times_plus<T>(-p2, d[2], d[4]), odd_q = times<T>(q, times_plus<T>(-p2, d[1], d[3]));
    u[0] = times_plus<T>(p2 * q2, d[0], times_plus<T>(-(p2 + q2), d[2], d[4]));
    u[1] = even_p + odd_p;
    u[2] = even_p - odd_p;
    u[3] = even_q + odd_q;
    u[4] = even_q - odd_q;
    u[5] = times_plus<T>(p2 * q2, d[1], times_plus<T>(-(p2 + q2), d[3], d[5]));
  }
};

// G: 3 filter elements to 6 points.
template <class T>
struct Filter {
  static constexpr int kIn = 3, kOut = 6;
  using V = typename Simd<T>::Register;
  static inline __attribute__((always_inline)) void apply(const V* g, V* u) {
    const V even_p = times<T>(1 / fp, times_plus<T>(p2, g[2], g[0])), odd_p = times<T>(p / fp, g[1]);
    const V even_q = times<T>(1 / fq, times_plus<T>(q2, g[2], g[0])), odd_q = times<T>(q / fq, g[1]);
    u[0] = times<T>(1 / f0, g[0]);
    u[1] = even_p + odd_p;
    u[2] = even_p - odd_p;
    u[3] = even_q + odd_q;
    u[4] = even_q - odd_q;
    u[5] = g[2];
  }
};

// Aᵀ: 6 points to 4 pixels.
template <class T>
struct Result {
  static constexpr int kIn = 6, kOut = 4;
  using V = typename Simd<T>::Register;
  static inline __attribute__((always_inline)) void apply(const V* m, V* y) {
    const V sum_p = m[1] + m[2], difference_p = m[1] - m[2], sum_q = m[3] + m[4], difference_q = m[3] - m[4];
    y[0] = m[0] + sum_p + sum_q;
    y[1] = times_plus<T>(p, difference_p, times<T>(q, difference_q));
    y[2] = times_plus<T>(p2, sum_p, times<T>(q2, sum_q));
    y[3] = times_plus<T>(p2 * p, difference_p, times_plus<T>(q2 * q, difference_q, m[5]));
  }
};

// A: the gradients of 4 pixels to those of 6 points.
template <class T>
struct ResultGradient {
  static constexpr int kIn = 4, kOut = 6;
  using V = typename Simd<T>::Register;
  static inline __attribute__((always_inline)) void apply(const V* y, V* m) {
    const V even_p = times_plus<T>(p2, y[2], y[0]), odd_p = times<T>(p, times_plus<T>(p2, y[3], y[1]));
    const V even_q = times_plus<T>(q2, y[2], y[0]), odd_q = times<T>(q, times_plus<T>(q2, y[3], y[1]));
    m[0] = y[0];
    m[1] = even_p + odd_p;
    m[2] = even_p - odd_p;
    m[3] = even_q + odd_q;
    m[4] = even_q - odd_q;
    m[5] = y[3];
  }
};

// Gᵀ: the gradients of 6 points to those of 3 filter elements.
template <class T>
struct FilterGradient {
  static constexpr int kIn = 6, kOut = 3;
  using V = typename Simd<T>::Register;
  static inline __attribute__((always_inline)) void apply(const V* u, V* g) {
    const V sum_p = times<T>(1 / fp, u[1] + u[2]), sum_q = times<T>(1 / fq, u[3] + u[4]);
    g[0] = times_plus<T>(1 / f0, u[0], sum_p + sum_q);
    g[1] = times_plus<T>(p / fp, u[1] - u[2], times<T>(q / fq, u[3] - u[4]));
    g[2] = times_plus<T>(p2, sum_p, times_plus<T>(q2, sum_q, u[5]));
  }
};

// in and out: pointers to kIn × kIn and kOut × kOut rows. Full registers are read and written.
template <class T, template <class> class Transformation>
void transform(const T* const* in, T* const* out, int64_t channels) {
  using M = Transformation<T>;
  using V = typename Simd<T>::Register;
  for (int64_t c = 0; c < channels; c += Simd<T>::kLanes) {
    V half[M::kOut][M::kIn];
#pragma GCC unroll 6
    for (int x = 0; x < M::kIn; ++x) {
      V column[M::kIn], points[M::kOut];
#pragma GCC unroll 6
      for (int y = 0; y < M::kIn; ++y) column[y] = Simd<T>::load(in[y * M::kIn + x] + c);
      M::apply(column, points);
#pragma GCC unroll 6
      for (int i = 0; i < M::kOut; ++i) half[i][x] = points[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < M::kOut; ++i) {
      V points[M::kOut];
      M::apply(half[i], points);
#pragma GCC unroll 6
      for (int j = 0; j < M::kOut; ++j) Simd<T>::store(out[i * M::kOut + j] + c, points[j]);
    }
  }
}

template <class T>
constexpr WinogradTransforms<T> kTransforms = {transform<T, Source>, transform<T, Filter>, transform<T, Result>,
                                               transform<T, ResultGradient>, transform<T, FilterGradient>};

}  // namespace
}  // namespace intertwiner::cpu::x86::INTERTWINER_ISA
